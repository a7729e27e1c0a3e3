"""The instruments that data is of: as the catalog defines them, or a new currency pair."""

from pathlib import Path
from typing import Any

from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest.currency_pair import InstrumentDraft
from sweep.errors import InputError, Problem


def instrument(catalog: Path, pair: InstrumentDraft) -> Any:
    """The instrument as the catalog defines it, or a new currency pair. InputError with everything in the way."""
    known = defined(catalog, pair.id)
    problems = pair.unmakeable() if known is None else []
    if known is not None and pair.precision not in (None, known.price_precision):
        rule = f"the catalog defines {pair.id} with {known.price_precision}"
        problems.append(Problem("--precision", rule, pair.precision, "leave it out, or use another catalog"))
    if problems:
        raise InputError(problems)
    return known or pair.make()


def defined(catalog: Path, identifier: str) -> Any:
    """The latest definition of an instrument in a catalog, or None."""
    if not (catalog / "data").is_dir():
        return None
    found = ParquetDataCatalog(str(catalog)).instruments([identifier])
    return max(found, key=lambda i: i.ts_init, default=None)


def define(catalog: Path, instrument: Any) -> None:
    """Write the definition of an instrument that the catalog does not define."""
    if defined(catalog, str(instrument.id)) is None:
        ParquetDataCatalog(str(catalog)).write_instruments([instrument])
