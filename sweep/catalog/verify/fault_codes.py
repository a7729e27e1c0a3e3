"""Everything that `sweep catalog verify` can say, with what it means and what to do. docs/data.md prints this table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A class of fault. An error stops a sweep that reads the data; a warning is shown once."""

    is_error: bool
    sentence: str
    remedy: str


def error(sentence: str, remedy: str) -> FaultKind:
    return FaultKind(is_error=True, sentence=sentence, remedy=remedy)


def warning(sentence: str, remedy: str) -> FaultKind:
    return FaultKind(is_error=False, sentence=sentence, remedy=remedy)


FAULTS: dict[str, FaultKind] = {
    "no-catalog": error("is no catalog of NautilusTrader 2", "fill one: sweep catalog ingest …"),
    "damaged-file": error(
        "a file cannot be read", "ingest its data again, in a new catalog; nothing of the file can be trusted"
    ),
    "no-definition": error(
        "data of an instrument that the catalog does not define",
        "sweep catalog instruments, or ingest definitions first",
    ),
    "mixed-folder": error("several instruments share a folder", "write each into a catalog of its own"),
    "mixed-precision": error(
        "files of one instrument with different precisions", "ingest the data again, all at once, in a new catalog"
    ),
    "precision": error(
        "the precision differs from the instrument's, so the engine skips every row",
        "define the instrument with the decimals of the data: sweep catalog instruments … --replace; or ingest "
        "the data again, in a new catalog",
    ),
    "off-tick": error(
        "prices that are no multiple of the tick size",
        "correct the definition's price_increment: sweep catalog instruments … --replace",
    ),
    "tick-size": error(
        "every price is a multiple of ten ticks: slippage and spreads in ticks come out ten times too small, or more",
        "correct the definition's price_increment, with as many decimals as before (0.010 for 0.001): sweep catalog "
        "instruments … --replace",
    ),
    "off-step": warning(
        "sizes that are no multiple of the size step",
        "correct the definition's size_increment: sweep catalog instruments … --replace",
    ),
    "price": error(
        "prices of zero or less",
        "orders would fill at prices that never existed: ingest again with --drop price, in a new catalog; or, where "
        "the market had them, verify: { accept: [price] } in the spec",
    ),
    "missing": error(
        "values that are missing or no number", "ingest the data again, in a new catalog: such rows are left out there"
    ),
    "crossed": error(
        "the bid is above the ask: a taker earns the spread",
        "ingest again with --drop crossed, in a new catalog; or verify: { accept: [crossed] } in the spec",
    ),
    "locked": warning(
        "the bid equals the ask: the spread costs nothing",
        "ingest again with --drop locked, in a new catalog, if the market has a spread",
    ),
    "size": warning(
        "prices with a size of zero: nothing can fill there", "ingest again with --drop size, in a new catalog"
    ),
    "no-volume": error(
        "bars without volume: the engine fills no order in them",
        "ingest again with --volume 1_000_000, in a new catalog: orders then fill up to that size; or, where quotes or "
        "trades fill the orders, verify: { accept: [no-volume] } in the spec",
    ),
    "zero-volume": warning(
        "some bars have no volume: no order fills in them",
        "where that is unwanted, ingest again with --volume 1_000_000 or --drop volume, in a new catalog",
    ),
    "bar-shape": error(
        "bars whose high and low do not contain open and close",
        "ingest the bars again with --drop bar-shape, in a new catalog",
    ),
    "bar-twice": error("two bars of one time", "keep one of them; for two sources, use two bar types"),
    "dst-twice": error(
        "the same hour twice: local times were written as UTC", "ingest with the time zone that the times are in"
    ),
    "order": error(
        "rows that are not in the order of their time", "ingest the data again, in a new catalog: rows are sorted there"
    ),
    "overlap": error(
        "files of one kind that overlap in time", "ingest the data again, in a new catalog, or remove one of the files"
    ),
    "file-name": error(
        "rows outside of the times in the file's name, which the engine skips",
        "ingest the data again, in a new catalog",
    ),
    "time-unit": error("times before 1980 or after 2100", "ingest with the unit that the times are in"),
    "clairvoyant": error(
        "rows that are available before their event time (ts_init < ts_event)",
        "write the data again with a ts_init that is not before ts_event",
    ),
    "clock-jump": warning(
        "the source's clock (ts_event) jumps back by a second or more",
        "check the source; trials go by ts_init, which is in order",
    ),
    "gap": warning("missing data while the market was open", "ingest the missing data"),
    "split": warning(
        "jumps between two bars by a ratio such as 2, 3 or 10: splits, or prices of another unit",
        "ingest prices that are adjusted for splits, or keep such days out of the period",
    ),
    "repeated": warning(
        "rows that equal the row before", "ingest the data again, in a new catalog: such rows are left out there"
    ),
    "margin": warning(
        "no initial margin: on a MARGIN account any amount of it can be bought",
        "set margin_init and margin_maint: sweep catalog instruments … --replace",
    ),
    "multiplier": warning(
        "a derivative with a multiplier of 1", "set the contract's multiplier: sweep catalog instruments … --replace"
    ),
    "no-data": warning("an instrument without any data", "ingest its data, or keep the definition for later"),
    "expired": warning(
        "data after the instrument expired or before it was listed",
        "correct the definition's expiration_ns or activation_ns: sweep catalog instruments … --replace",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in one place."""

    code: str  # of FAULTS
    where: str  # QuoteTick SPY.ARCA, a file, an instrument
    count: int  # rows, files
    example: str = ""

    @property
    def is_error(self) -> bool:
        return FAULTS[self.code].is_error

    @property
    def remedy(self) -> str:
        return FAULTS[self.code].remedy

    @property
    def rule(self) -> str:
        """As "crossed: the bid is above the ask … (3 ×, first: …)"."""
        many = f"{self.count:,} ×, first: " if self.count > 1 else ""
        return f"{self.code}: {FAULTS[self.code].sentence}" + (f" ({many}{self.example})" if self.example else "")

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}; {self.remedy}"
