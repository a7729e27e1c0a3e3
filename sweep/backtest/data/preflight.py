"""Data that a replay must not be run on: absent, incomplete, or of a kind that the engine skips without a word."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nautilus_trader import model

from sweep.backtest.data.book_events import DELTAS, is_snapshot
from sweep.backtest.data.directory_cache import folder
from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.feed import Feed
from sweep.backtest.data.file_survey import Survey
from sweep.backtest.data.parquet_columns import snapshot_times
from sweep.backtest.data.trading_days import Calendar, TradingDay
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError
from sweep.spec.data_kinds import BOOK_KINDS, MARKING_KINDS

CME_VENUES = {"GLBX", "CME", "XCME", "CBOT", "XCBT", "NYMEX", "XNYM", "COMEX", "XCEC"}
MANY = 5  # warnings of one kind, which are one from then on
EXCHANGE_TRADED = (model.FuturesContract, model.FuturesSpread, model.OptionContract, model.OptionSpread)


class Traits(NamedTuple):
    """Properties of an instrument that the checks use, read once: a chain has hundreds of instruments."""

    name: str
    venue: str
    calendar: Calendar
    is_margined: bool
    precision: tuple[int, int]  # of prices and sizes


def traits(instrument: Any) -> Traits:
    """Of a definition."""
    precision = instrument.price_precision, instrument.size_precision
    venue = str(instrument.id.venue)
    return Traits(str(instrument.id), venue, calendar(instrument), bool(instrument.margin_init), precision)


def check(feed: Feed, survey: Survey, instruments: Sequence[Traits], venues: Sequence[Mapping[str, Any]]) -> list[str]:
    """Warnings about data and instruments. Raises TrialError for what would give wrong figures."""
    require_venues(instruments, venues)
    require_data(feed, survey)
    require_precision(survey, {i.name: i.precision for i in instruments})
    require_books(feed, instruments, venues)
    notes = [w for v in venues for w in (*default_leverage(v), *unlimited_buying_power(instruments, v))]
    return [*notes, *without_price(feed), *book_warnings(feed, survey)]


def calendar(instrument: Any) -> Calendar:
    """The calendar that an instrument trades on (trading_days.py)."""
    if isinstance(instrument, EXCHANGE_TRADED):
        return Calendar.CME if str(instrument.id.venue) in CME_VENUES else Calendar.UTC
    currencies = [getattr(instrument, name, None) for name in ("base_currency", "quote_currency")]
    kinds = {c.currency_type for c in currencies if c is not None}
    if model.CurrencyType.CRYPTO in kinds:
        return Calendar.CRYPTO
    return Calendar.FX if isinstance(instrument, model.CurrencyPair) else Calendar.UTC


def require_venues(instruments: Sequence[Traits], venues: Sequence[Mapping[str, Any]]) -> None:
    """Every instrument with data trades at a venue of the trial."""
    names = {str(v["venue"]) for v in venues}
    if lost := [i.name for i in instruments if i.venue not in names]:
        listed = ", ".join(sorted(names))
        raise TrialError(Reason.DATA, f"no venue in `venues:` for {', '.join(lost)} (there is {listed})")


def require_precision(survey: Survey, precisions: Mapping[str, tuple[int, int]]) -> None:
    """Prices and sizes have the instrument's precision; the engine skips others, silently up to twenty in a row."""
    for file in survey.files:
        if (expected := precisions.get(file.instrument)) is None:
            continue
        stated = tuple(
            w if f < 0 and file.kind not in MARKING_KINDS else f for f, w in zip(file.precision, expected, strict=True)
        )
        if stated != expected:
            message = (
                f"{file.path}: {file.kind} with price and size precision {stated[0]} and {stated[1]}, "
                f"but {file.instrument} has {expected[0]} and {expected[1]}: the engine would skip them silently; "
                "write the data again"
            )
            raise TrialError(Reason.DATA, message)


def of_kinds(feed: Feed, kinds: Sequence[str]) -> set[str]:
    """Instruments with data of one of these kinds."""
    return {i for e in feed.entries if e.kind in kinds and not e.custom for i in e.instruments}


def require_books(feed: Feed, instruments: Sequence[Traits], venues: Sequence[Mapping[str, Any]]) -> None:
    """A venue with a book of several levels matches orders by order book data alone."""
    books = of_kinds(feed, BOOK_KINDS)
    for venue in venues:
        lost = [i.name for i in instruments if i.venue == str(venue["venue"]) and i.name not in books]
        if venue.get("book_type", model.BookType.L1_MBP) != model.BookType.L1_MBP and lost:
            message = (
                f"{venue['venue']} has book_type {venue['book_type'].name}, but the trial's data has neither "
                f"OrderBookDelta nor OrderBookDepth of {', '.join(lost)}: list them, or use L1_MBP"
            )
            raise TrialError(Reason.DATA, message)


def without_price(feed: Feed) -> Iterator[str]:
    """The engine denies orders at market where it knows neither quote nor trade, whatever the book holds."""
    for name in sorted(of_kinds(feed, BOOK_KINDS) - of_kinds(feed, MARKING_KINDS)):
        yield f"{name} has an order book but neither quotes nor trades: the engine denies its orders at market"


def book_warnings(feed: Feed, survey: Survey) -> Iterator[str]:
    """Warnings about incomplete deltas of order books."""
    for name in sorted(survey.books.unflagged):
        yield f"{name}: no delta has the flag F_LAST: each is replayed as an event, and orders may meet a partial book"
    for name, (_, count) in sorted(survey.books.trailing.items()):
        yield f"{name}: the last {count} deltas in the period do not end with F_LAST: they are replayed as one event"
    for entry in (e for e in feed.entries if e.kind == DELTAS and not e.custom):
        for name in entry.identifiers:
            if (first := feed.first_event(survey, entry, name)) is not None and not is_snapshot(first):
                at, remedy = moment_of(first.ts_init), snapshot_remedy(feed, entry, name)
                yield (
                    f"the book of {name} starts without a snapshot: its first delta in the period, at {at}, changes a "
                    f"book that is not known; {remedy}"
                )


def snapshot_remedy(feed: Feed, entry: DataEntry, name: str) -> str:
    """The time at which the period should start."""
    folder_of = folder(name)

    def search() -> int | None:
        files = (file for file in feed.files[entry] if file.parent.name == folder_of)
        times = (time for file in files for time in snapshot_times(file).tolist())
        return min((time for time in times if feed.start <= time < feed.end), default=None)

    first = feed.cache.survey(("snapshot", feed.identity, name), search)
    return f"let the period start with the snapshot at {moment_of(first)}" if first else "no snapshot is in the period"


def default_leverage(venue: Mapping[str, Any]) -> list[str]:
    """On MARGIN the engine takes a leverage of 10 where none is given."""
    if venue["account_type"] != model.AccountType.MARGIN or "default_leverage" in venue:
        return []
    return [f"{venue['venue']} has no default_leverage: the engine takes 10"]


def unlimited_buying_power(instruments: Sequence[Traits], venue: Mapping[str, Any]) -> list[str]:
    """On MARGIN an instrument without initial margin can be bought without end."""
    if venue["account_type"] != model.AccountType.MARGIN:
        return []
    name = str(venue["venue"])
    mine = [i.name for i in instruments if i.venue == name and not i.is_margined]
    if len(mine) > MANY:
        some = f"{mine[0]} and {len(mine) - 1} more have"
        return [f"{some} no initial margin: the MARGIN account at {name} could buy any amount of them"]
    return [f"{i} has no initial margin: the MARGIN account at {name} could buy any amount of it" for i in mine]


def require_data(feed: Feed, survey: Survey) -> None:
    """Every entry, and every identifier of it, has data in the period."""
    for entry in feed.entries:
        for name in entry.identifiers or (None,):
            if not survey.rows(entry.kind, name):
                subject = f"{entry.kind} of {name}" if name else entry.kind
                raise TrialError(Reason.DATA, f"no {subject} in the period in {feed.path}")


def require_complete(fed: int, survey: Survey, session: TradingDay) -> None:
    """So many events were fed by the end of a day as the files hold: the engine's reader leaves rows out silently."""
    held = survey.counts.until(session.end)
    if fed != held:
        message = f"the catalog holds {held} rows until the end of {session.day}, but {fed} could be read"
        raise TrialError(Reason.DATA, message)
