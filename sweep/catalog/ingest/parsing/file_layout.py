"""How a file of market data is written: names of its columns, its times, its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sweep.catalog.ingest.parsing import timestamps
from sweep.catalog.ingest.parsing.column_mapping import MarketMapping, load
from sweep.errors import Problem

NAMES = {  # what a column may be called, in small letters
    "time": ("timestamp", "datetime", "date", "ts", "ts_event", "timestamp_utc", "gmt time"),
    "bid": ("bid_price",),
    "ask": ("ask_price",),
    "bid_size": ("bid_volume", "bid_qty"),
    "ask_size": ("ask_volume", "ask_qty"),
    "price": ("last", "px"),
    "size": ("quantity", "qty", "volume", "amount"),
    "side": ("aggressor", "aggressor_side"),
    "id": ("trade_id", "tradeid"),
    "volume": ("vol", "quantity"),
}
SIDES = {  # of the taker
    "buy": "BUY", "b": "BUY", "buyer": "BUY", "sell": "SELL", "s": "SELL", "a": "SELL", "seller": "SELL",
    "": "NO_AGGRESSOR", "n": "NO_AGGRESSOR", "no_aggressor": "NO_AGGRESSOR",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written. Text is unzipped where its name ends in .gz, .zst or .zip."""

    columns: str = ""  # names in order, for a file without a header: "time,bid,ask,"; one without a name is not read
    skip_rows: int = 0  # lines at the start of the file
    delimiter: str = ","
    time_format: str = "iso"  # s, ms, us, ns, or a pattern such as "%Y%m%d %H%M%S%f"
    time_zone: str = "UTC"  # of times that name none: UTC, -05:00, America/New_York
    names: Mapping[str, str] = field(default_factory=dict[str, str])  # ours → the file's, where they are told apart
    sides: Mapping[str, str] = field(default_factory=dict[str, str])  # the file's words for BUY, SELL, NO_AGGRESSOR

    def problems(self) -> list[Problem]:
        """Everything that is wrong with the values."""
        given = {"--time-format": self.time_format, "--time-zone": self.time_zone}
        found = [
            Problem(option, rule, given[option]) for option, rule in timestamps.check(self.time_format, self.time_zone)
        ]
        if len(self.delimiter) != 1:
            found.append(Problem("--delimiter", "must be one character", self.delimiter))
        if self.skip_rows < 0:
            found.append(Problem("--skip-rows", "must not be negative", self.skip_rows))
        if wrong := set(self.sides.values()) - set(SIDES.values()):
            found.append(Problem("aggressor", "must be BUY, SELL or NO_AGGRESSOR", ", ".join(sorted(wrong))))
        return found

    def mapped(self, path: Path) -> "Layout":
        """The same, with what a mapping file says."""
        said = load(path, MarketMapping)
        stamp = said.timestamp
        return replace(
            self, time_format=stamp.unit, time_zone=stamp.time_zone or self.time_zone,
            names={"time": stamp.column, **said.columns}, sides=said.aggressor,
        )  # fmt: skip

    def find(self, name: str, held: Sequence[str]) -> str | None:
        """The column of a file that is one of ours."""
        if name in self.names:
            return self.names[name] if self.names[name] in held else None
        known = (name, *NAMES.get(name, ()))
        taken = set(self.names.values())
        return next((h for k in known for h in held if h not in taken and h.strip().lower() == k), None)

    def side(self, word: str) -> str | None:
        """The engine's word for a taker's side; None where it is unknown."""
        return self.sides.get(word) if self.sides else SIDES.get(word.strip().lower())
