"""The instruments that data is of: as the catalog defines them, from a template, or a new currency pair."""

from pathlib import Path
from typing import Any

from sweep.catalog.ingest.currency_pair import InstrumentDraft
from sweep.catalog.instruments.stored import define, defined
from sweep.catalog.instruments.writer import from_template
from sweep.errors import InputError, Problem

__all__ = ["define", "defined", "instrument"]


def instrument(catalog: Path, pair: InstrumentDraft) -> Any:
    """The instrument as the catalog defines it, or a new one. InputError with everything in the way."""
    stored = defined(catalog, pair.id)
    if stored is None and pair.template:
        return from_template(pair.template, [pair.id], {})[0]
    problems = pair.unmakeable() if stored is None else []
    if stored is not None and pair.precision not in (None, stored.price_precision):
        rule = f"the catalog defines {pair.id} with {stored.price_precision}"
        problems.append(Problem("--precision", rule, pair.precision, "leave it out, or use another catalog"))
    if problems:
        raise InputError(problems)
    return stored or pair.make()
