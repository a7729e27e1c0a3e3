"""The way in which a file of market data is written, as options and mapping files state it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sweep.catalog.ingest.parsing import timestamps
from sweep.catalog.ingest.parsing.column_mapping import MarketMapping, load
from sweep.catalog.ingest.parsing.names.column_names import MAKERS, NAMES, SIDES, key
from sweep.catalog.row_rules import CODES
from sweep.errors import Problem, did_you_mean

FIRST_YEAR = 1971
MOST_DECIMALS = 9  # of a unit of prices


def _is_day(text: str) -> bool:
    try:
        return len(text) == len("2024-01-02") and datetime.fromisoformat(text).year >= FIRST_YEAR
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The options of a file. Text is unzipped where its name ends in .gz, .zst, .bz2, .lz4 or .zip."""

    columns: str = ""  # "time,bid,ask,": names in order, without a header; or "time=DATE+TIME,bid=BP": which is what
    skip_rows: int = 0  # lines at the start of the file
    delimiter: str = ""  # "": the one that parts the first lines
    decimal: str = ""  # between whole and fraction, "," or "."; "": as the numbers show it
    time_format: str = "iso"  # s, ms, us, ns, excel, or a pattern such as "%Y%m%d %H%M%S%f"
    time_zone: str = "UTC"  # of times that name none: UTC, -05:00, America/New_York
    date: str = ""  # the day of times that count from its midnight: 2024-01-02
    price_unit: str = ""  # of prices that are whole numbers: 0.0001
    names: Mapping[str, str] = field(default_factory=dict[str, str])  # ours → the file's; a time may be of two: A+B
    sides: Mapping[str, str] = field(default_factory=dict[str, str])  # the file's words for BUY, SELL, NO_AGGRESSOR
    symbol: str = ""  # whose rows are taken, where a file has several
    symbol_column: str = ""  # by which rows are parted, one instrument a symbol
    ignored: Sequence[str] = ()  # columns that are not looked at
    dropped: Sequence[str] = ()  # codes of `sweep catalog verify`: rows of these faults are left out
    rounds: bool = False  # numbers to the instrument's decimals

    def problems(self) -> list[Problem]:
        """Every mistake in the values."""
        values = {"--time-format": self.time_format, "--time-zone": self.time_zone}
        problems = [Problem(o, rule, values[o]) for o, rule in timestamps.check(self.time_format, self.time_zone)]
        if len(self.delimiter) > 1 or self.delimiter in {'"', "\n", "\r"}:
            problems.append(Problem("--delimiter", "must be one character", self.delimiter))
        if self.decimal not in {"", ",", "."}:
            problems.append(Problem("--decimal", "must be a comma or a point", self.decimal))
        problems += self._of_numbers()
        if self.skip_rows < 0:
            problems.append(Problem("--skip-rows", "must not be negative", self.skip_rows))
        if wrong := set(self.sides.values()) - set(SIDES.values()):
            problems.append(Problem("aggressor", "must be BUY, SELL or NO_AGGRESSOR", ", ".join(sorted(wrong))))
        rule = f"must be one of {', '.join(CODES)}"
        problems += [Problem("--drop", rule, c, did_you_mean(c, CODES)) for c in self.dropped if c not in CODES]
        return problems

    def _of_numbers(self) -> list[Problem]:
        """Mistakes in the day of times and in the unit of prices."""
        problems: list[Problem] = []
        if self.date and not _is_day(self.date):
            problems.append(Problem("--date", "must be a day such as 2024-01-02", self.date))
        if self.date and self.time_format not in timestamps.UNITS:
            rule = "is for times that are numbers since midnight"
            problems.append(Problem("--date", rule, self.date, "state their unit: --time-format s, ms, us or ns"))
        if self.price_unit and not 0 < self.price_decimals <= MOST_DECIMALS:
            problems.append(Problem("--price-unit", "must be 0.1, 0.01, 0.001 … 0.000000001", self.price_unit))
        return problems

    @property
    def price_decimals(self) -> int:
        """The decimals of the unit of prices; 0 where there is none, or it is no power of ten."""
        unit = re.fullmatch(r"0?\.(0*)10*", self.price_unit)
        return len(unit[1]) + 1 if unit else 0

    @property
    def positional(self) -> tuple[str, ...]:
        """Names of the columns of a file without a header."""
        is_list = self.columns and "=" not in self.columns
        return tuple(name.strip() for name in self.columns.split(",")) if is_list else ()

    @property
    def named(self) -> dict[str, str]:
        """Columns by our names, as stated."""
        pairs = [part.partition("=") for part in self.columns.split(",")] if "=" in self.columns else []
        return {**self.names, **{ours.strip(): theirs.strip() for ours, _, theirs in pairs}}

    def mapped(self, path: Path) -> "Layout":
        """The same, with what a mapping file says."""
        mapping = load(path, MarketMapping)
        stamp = mapping.timestamp
        return replace(
            self, time_format=stamp.unit, time_zone=stamp.time_zone or self.time_zone,
            names={"time": stamp.column, **mapping.columns}, sides=mapping.aggressor,
        )  # fmt: skip

    def find(self, name: str, held: Sequence[str]) -> str | None:
        """The column of a file that is one of ours; of two of one name the one in small letters."""
        named = self.named
        if name in named:
            return named[name] if named[name] in held else None
        taken = {part for theirs in named.values() for part in (theirs, *theirs.split("+"))}
        free = sorted((h for h in held if h not in taken), key=lambda h: h.strip() != h.strip().lower())
        return next((h for k in NAMES.get(name, (key(name),)) for h in free if key(h) == k), None)

    def side(self, word: str, *, of_maker: bool = False) -> str | None:
        """The engine's word for a taker's side; None where it is unknown."""
        if self.sides:
            return self.sides.get(word)
        return (MAKERS if of_maker else SIDES).get(word.strip().lower())
