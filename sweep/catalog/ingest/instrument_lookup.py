"""The instruments that data is of: as the catalog defines them, from a template, or a new currency pair."""

import shlex
from pathlib import Path
from typing import Any

from sweep.catalog.ingest.currency_pair import InstrumentDraft
from sweep.catalog.instruments.builder import EXAMPLES, MissingValue
from sweep.catalog.instruments.stored import define, defined
from sweep.catalog.instruments.writer import from_template
from sweep.errors import InputError, Problem

__all__ = ["define", "defined", "instrument"]


def instrument(catalog: Path, pair: InstrumentDraft) -> Any:
    """The instrument as the catalog defines it, or a new one. InputError with everything in the way."""
    stored = defined(catalog, pair.id)
    if stored is None and pair.template:
        return _of_template(catalog, pair)
    problems = pair.unmakeable() if stored is None else []
    if stored is not None and pair.precision not in (None, stored.price_precision):
        rule = f"the catalog defines {pair.id} with {stored.price_precision}"
        problems.append(Problem("--precision", rule, pair.precision, "leave it out, or use another catalog"))
    if problems:
        raise InputError(problems)
    return stored or pair.make()


def _of_template(catalog: Path, pair: InstrumentDraft) -> Any:
    """The instrument that a template makes. InputError with the command that states what it cannot know."""
    try:
        return from_template(pair.template, [pair.id], {})[0]
    except InputError as error:
        lacking = [p.where.removeprefix(f"{pair.id}.") for p in error.problems if isinstance(p, MissingValue)]
        if not lacking:
            raise
        command = ["sweep", "catalog", "instruments", "--template", pair.template, "--id", pair.id]
        command += [word for key in lacking for word in ("--set", f"{key}={EXAMPLES[key]}")]
        rule = f"the template {pair.template} cannot know its {', '.join(lacking)}"
        remedy = f"define it first, with the right value: {shlex.join([*command, '--catalog', str(catalog)])}"
        raise InputError(Problem("--template", rule, pair.id, remedy)) from None
