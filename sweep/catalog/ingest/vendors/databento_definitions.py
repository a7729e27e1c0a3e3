"""Databento's definitions of instruments: read by the engine's own loader, under the venues of the user."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from nautilus_trader.adapters.databento import DatabentoDataLoader
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest.ingest_result import Ingested, counted
from sweep.catalog.ingest.vendors import dbn_format
from sweep.catalog.ingest.vendors.dbn_format import Header
from sweep.catalog.ingest.writing.transaction import filling
from sweep.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Restamp:
    """Changes of an instrument on its way into the catalog."""

    venues: Mapping[str, str]
    margin: str | None

    def __call__(self, instrument: Any) -> Any:
        """The instrument under the user's venue and margin."""
        fields = instrument.to_dict()
        venue = str(instrument.id.venue)
        fields["id"] = f"{instrument.id.symbol}.{self.venues.get(venue, venue)}"
        if self.margin is not None:
            fields |= {"margin_init": self.margin, "margin_maint": str(Decimal(self.margin) / 2)}
        return type(instrument).from_dict(fields)


def ingest_definitions(catalog: Path, head: Header, table: Path | None, restamp: Restamp, used: set[str]) -> Ingested:
    try:
        loaded = _loaded(head, table)
    except Exception as error:  # the loader's own kinds
        raise InputError(Problem(str(head.path), f"cannot be read by the engine: {reason(error)}")) from error
    if not loaded:
        raise InputError(Problem(str(head.path), "holds no definition that the engine knows"))
    used |= {str(i.id.venue) for i in loaded}
    groups: dict[str, list[Any]] = {}
    for instrument in sorted(map(restamp, loaded), key=lambda i: i.ts_init):
        groups.setdefault(str(instrument.id), []).append(instrument)
    with filling(catalog):
        instruments = {str(i.id): i for i in defined(catalog)}
        _refuse_others(head, groups, instruments)
        new = [name for name in groups if name not in instruments]
        for name in new:
            ParquetDataCatalog(str(catalog)).write_instruments(_distinct(groups[name]))
    times, names = [i.ts_init for i in loaded], sorted(groups)
    noun = f"definitions ({', '.join(names[:4])}{' …' if names[4:] else ''})"
    repeated = {"definitions of an instrument that is defined": len(loaded) - len(groups)}
    return Ingested(
        catalog, "Instrument", "", noun, bool(new), {str(head.path): len(loaded)}, len(groups), len(new),
        counted(repeated), {}, min(times), max(times), catalog / "data",
    )  # fmt: skip


def _distinct(instruments: Sequence[Any]) -> list[Any]:
    """The first of definitions of one time."""
    return list({i.ts_init: i for i in reversed(instruments)}.values())[::-1]


FIXED = ("price_precision", "price_increment", "multiplier", "size_precision", "raw_symbol")


def _refuse_others(head: Header, groups: Mapping[str, Sequence[Any]], instruments: Mapping[str, Any]) -> None:
    problems: list[Problem] = []
    for name in groups.keys() & instruments.keys():
        one, other = groups[name][-1], instruments[name]
        differ = [f for f in FIXED if str(getattr(one, f)) != str(getattr(other, f))]
        for f in differ:
            rule = f"the catalog defines {name} with another {f}: {getattr(other, f)}"
            problems.append(Problem(str(head.path), rule, str(getattr(one, f))))
    if problems:
        raise InputError(problems)


def _loaded(head: Header, table: Path | None) -> list[Any]:
    """Instruments of a file of definitions, under the venue of the exchange."""
    return list(loader(head, table).load_instruments(str(head.path), use_exchange_as_venue=True))


def loader(head: Header, table: Path | None = None) -> Any:
    """The engine's own, with a table of publishers; where none is given those of a dataset are its venue."""
    if table is not None:
        return DatabentoDataLoader(str(table))
    venue = head.dataset.partition(".")[0]
    rows = [
        {"publisher_id": n, "dataset": head.dataset, "venue": venue, "description": head.dataset}
        for n in sorted(dbn_format.publishers(head.path))
    ]
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "publishers.json"
        file.write_text(json.dumps(rows), encoding="utf-8")
        return DatabentoDataLoader(str(file))


def defined(catalog: Path) -> list[Any]:
    if not (catalog / "data").is_dir():
        return []
    instruments = ParquetDataCatalog(str(catalog)).instruments()
    return list({str(i.id): i for i in sorted(instruments, key=lambda i: i.ts_init)}.values())


def reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
