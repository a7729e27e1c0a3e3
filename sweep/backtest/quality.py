"""Data that a replay must not be run on: absent, incomplete, or of a kind that the engine skips without a word."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nautilus_trader import model

from sweep.backtest.feeds import Feed
from sweep.backtest.parquet import metadata
from sweep.backtest.sessions import Calendar
from sweep.errors import TrialError
from sweep.trial import Reason

if TYPE_CHECKING:
    from sweep.backtest.windows import Histogram

CME_VENUES = {"GLBX", "CME", "XCME", "CBOT", "XCBT", "NYMEX", "XNYM", "COMEX", "XCEC"}
EXCHANGE_TRADED = (model.FuturesContract, model.FuturesSpread, model.OptionContract, model.OptionSpread)


def check(feed: Feed, instruments: Sequence[Any], venues: Sequence[Mapping[str, Any]]) -> list[str]:
    """Warnings about data and instruments. Raises TrialError for what would give wrong figures."""
    require_venues(instruments, venues)
    require_precision(feed, {str(i.id): i for i in instruments})
    return [w for venue in venues for w in unlimited_buying_power(instruments, venue)]


def calendar(instrument: Any) -> Calendar:
    """The calendar that an instrument trades on (sessions.py)."""
    if isinstance(instrument, EXCHANGE_TRADED):
        return Calendar.CME if str(instrument.id.venue) in CME_VENUES else Calendar.UTC
    currencies = [getattr(instrument, name, None) for name in ("base_currency", "quote_currency")]
    kinds = {c.currency_type for c in currencies if c is not None}
    if model.CurrencyType.CRYPTO in kinds:
        return Calendar.CRYPTO
    return Calendar.FX if isinstance(instrument, model.CurrencyPair) else Calendar.UTC


def require_venues(instruments: Sequence[Any], venues: Sequence[Mapping[str, Any]]) -> None:
    """Every instrument with data trades at a venue of the trial."""
    names = {str(v["venue"]) for v in venues}
    if lost := [str(i.id) for i in instruments if str(i.id.venue) not in names]:
        known = ", ".join(sorted(names))
        raise TrialError(Reason.DATA, f"no venue in `venues:` for {', '.join(lost)} (there is {known})")


def require_precision(feed: Feed, instruments: Mapping[str, Any]) -> None:
    """Prices and sizes have the instrument's precision; the engine skips others, silently up to twenty in a row."""
    for entry in feed.entries:
        for file in () if entry.custom else feed.files[entry]:
            meta = metadata(file)
            instrument = instruments.get(meta.get(b"instrument_id", b"").decode())
            found = [int(meta.get(k, b"-1")) for k in (b"price_precision", b"size_precision")]
            if instrument and found != (wanted := [instrument.price_precision, instrument.size_precision]):
                message = (
                    f"{file}: {entry.kind} with price and size precision {found[0]} and {found[1]}, but "
                    f"{instrument.id} has {wanted[0]} and {wanted[1]}: the engine would skip them silently; "
                    "write the data again"
                )
                raise TrialError(Reason.DATA, message)


def unlimited_buying_power(instruments: Sequence[Any], venue: Mapping[str, Any]) -> list[str]:
    """On MARGIN an instrument without initial margin can be bought without end."""
    if venue["account_type"] != model.AccountType.MARGIN:
        return []
    mine = [i for i in instruments if i.id.venue == venue["venue"]]
    return [
        f"{i.id} has no initial margin: the MARGIN account at {i.id.venue} could buy any amount of it"
        for i in mine
        if not i.margin_init
    ]


def require_data(feed: Feed, counts: "Histogram") -> None:
    """Every entry, and every instrument of it, has data in the period."""
    for entry in feed.entries:
        if not counts.by_kind.get(entry.kind):
            raise TrialError(Reason.DATA, f"no {entry.kind} in the period in {feed.path}")
        for name in entry.identifiers:
            if not any(f.parent.name == name.replace("/", "") for f in feed.files[entry]):
                raise TrialError(Reason.DATA, f"no {entry.kind} of {name} in the period in {feed.path}")


def require_complete(fed: Mapping[str, int], expected: Mapping[str, int]) -> None:
    """As many events were fed as the files hold: the engine's reader leaves out what it cannot make sense of."""
    for kind, count in expected.items():
        if fed.get(kind, 0) != count:
            message = f"the catalog holds {count} {kind} in the period, but {fed.get(kind, 0)} could be read"
            raise TrialError(Reason.DATA, message)
