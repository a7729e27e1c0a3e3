"""The columns that a kind of data wants, and those of a file that hold them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sweep.catalog.ingest.parsing.names.column_names import BUYER_IS_MAKER, key

DAY = 86_400


@dataclass(frozen=True, slots=True)
class ColumnRequest:
    """The columns of a kind of data: numbers by their decimals, and texts."""

    needed: tuple[str, ...]  # besides the time
    optional: tuple[str, ...]
    digits: Mapping[str, int]
    noun: str = "rows"
    seconds: int = 0  # of a bar; 0: ticks, at a time of day
    currencies: tuple[str, str] = ("", "")  # base and quote, that tell volumes from each other
    keeps_wall: bool = False  # the times on the file's clock as well

    @property
    def may_be_dates(self) -> bool:
        """A date says enough of a bar of a day or longer."""
        return self.seconds >= DAY


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """The columns of a file by our names."""

    columns: Mapping[str, str]  # ours → the file's, without the time
    time: tuple[str, ...]  # of the time; two where the date stands by itself
    identity: tuple[str, ...] = ()  # that say which instrument a row is of
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    flags: str = ""  # the column that says which of a tick's fields changed (MetaTrader 5)

    @property
    def of_maker(self) -> bool:
        """The side is that of the maker, as a truth of the buyer."""
        return key(self.columns.get("side", "")) in BUYER_IS_MAKER

    @property
    def read(self) -> list[str]:
        """Every column that is read, each once."""
        return list(dict.fromkeys([*self.time, *self.columns.values(), *self.identity, *filter(None, [self.flags])]))
