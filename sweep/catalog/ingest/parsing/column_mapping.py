"""Mapping files: which column of the user's file is what. Plain YAML, checked whole before anything is read."""

import re
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from sweep.catalog.ingest.parsing import timestamps
from sweep.errors import InputError, Problem, did_you_mean
from sweep.spec.sections import IMPORT_PATH, Section
from sweep.spec.yaml_document import read

SCORE = "sweep.strategies.score_bracket:ScoreUpdate"


class Stamp(Section):
    """The column with the time at which a row became known."""

    column: str
    unit: str = "iso"  # ns, us, ms, s, iso, or a pattern such as %Y-%m-%d %H:%M:%S
    time_zone: str | None = None  # of times that name none; UNIX times need none

    def problems(self) -> list[Problem]:
        """Mistakes in unit and zone."""
        keys = {"--time-format": "unit", "--time-zone": "time_zone"}
        mistakes = [(keys[option], rule) for option, rule in timestamps.check(self.unit, self.time_zone or "UTC")]
        if self.unit not in timestamps.UNITS and self.unit != "iso" and self.time_zone is None:
            mistakes.append(("time_zone", "must be stated: the pattern has none"))
        return [Problem(f"timestamp.{key}", rule, getattr(self, key)) for key, rule in mistakes]


class ColumnRule(Section):
    """The column of a field, and the values that it may have."""

    column: str
    default: Any = None  # for an empty field; without it such a row is rejected
    values: dict[str, Any] | None = None  # what is written there → what is meant; anything else is rejected
    one_of: list[Any] | None = None
    low: float | None = None  # the least and the most that is accepted
    high: float | None = None


class Quotes(Section):
    """Quotes made from a price in the events, where there is no market data."""

    price: str  # a field of the event
    spread: float = Field(gt=0)  # between bid and ask, around that price
    size: float = Field(default=1_000_000, gt=0)  # on both sides


class EventMapping(Section):
    """The way from rows to events."""

    timestamp: Stamp
    class_path: str = Field(default=SCORE, alias="class", pattern=IMPORT_PATH)
    instrument: str | None = None  # the same for every row; else a column for the field instrument_id
    fields: dict[str, str | ColumnRule] = Field(
        default_factory=dict[str, str | ColumnRule]
    )  # field of the class → column; by name where not given
    priority: str | int | None = None  # column; of one time, lower ones come first
    id: str | None = None  # column; then these, and no id may come twice
    table: str = ""
    query: str = ""
    quotes: Quotes | None = None


class MarketMapping(Section):
    """The columns of market data."""

    timestamp: Stamp
    columns: dict[str, str] = Field(default_factory=dict[str, str])  # ours (bid, ask, price, size, open …) → the file's
    aggressor: dict[str, str] = Field(default_factory=dict[str, str])  # as written there → BUY, SELL or NO_AGGRESSOR


def load[M: Section](path: Path, kind: type[M]) -> M:
    """A mapping file. InputError with every mistake in it."""
    document = read(path)
    try:
        mapping = kind.model_validate(document.data)
    except ValidationError as error:
        problems = [_problem(e, kind) for e in error.errors()]
        placed = [Problem(p.where, p.rule, p.value, p.remedy, document.line(p.where)) for p in problems]
        raise InputError(placed) from None
    return mapping


def _problem(error: ErrorDetails, kind: type[Section]) -> Problem:
    loc = [str(part) for part in error["loc"] if part not in {"str", "ColumnRule", "int"}]
    rule = re.sub(r"^(Value error, |Input )?(should be a valid|should be)", "must be", error["msg"])
    rule = rule.replace("string", "text").replace("dictionary", "mapping")
    value: Any = error["input"]
    if error["type"] == "missing":
        return Problem(".".join(loc), "is missing", remedy="add it")
    if error["type"] == "extra_forbidden":
        keys = [f.alias or name for name, f in kind.model_fields.items()] if len(loc) == 1 else []
        return Problem(".".join(loc), "is not a key here", value, did_you_mean(loc[-1], keys))
    return Problem(".".join(loc), rule, value)
