"""Options at their expiration: exercises that the engine made, and worth of what it left open.

The engine (2.0.0rc7) settles a position at the expiration where it knows a last trade of the underlying, or of an index
its index price: a cash settlement is one fill at the intrinsic value; an exercise closes the option at 0 and opens the
underlying at the strike. Without such a price it leaves the position open for ever; it is valued here at the intrinsic
value by the newest price of the underlying at the expiration, as if settled in cash.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from nautilus_trader import model

from sweep.backtest.data.feed import Feed
from sweep.backtest.data.trading_days import NANOS
from sweep.backtest.data.windows import Bounds
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError
from sweep.spec.data_kinds import MARKING_KINDS

EXPIRATION = "EXPIRATION"  # how ids and tags of the venue's orders at an expiration begin
CLOSES, OPENS = "_PHYSICAL_CLOSE", "_PHYSICAL_OPEN"  # how tags of an exercise end
SPANS = (3600 * NANOS, 86_400 * NANOS)  # before an expiration, in which its last price is looked for
PRICES = (*MARKING_KINDS, "IndexPriceUpdate", "MarkPriceUpdate")


class Expirations:
    """Worth of the options of one backtest after their expiration."""

    def __init__(self, feed: Feed, instruments: Sequence[Any], now: Any) -> None:
        self.feed, self.now, self.has_ended = feed, now, False  # now: callable, nanoseconds
        self.instruments = {str(i.id): i for i in instruments}
        self._worth: dict[str, Any] = {}

    def worth(self, instrument_id: Any) -> Any:
        """Price of an expired option; None of anything else. Raises TrialError where it cannot be known."""
        option = self.instruments[str(instrument_id)]
        has_expired = option.instrument_class == model.InstrumentClass.OPTION and self._until() > option.expiration_ns
        if not has_expired:
            return None
        name = str(instrument_id)
        if name not in self._worth:
            self._worth[name] = self._settle(option)
        return self._worth[name]

    def _until(self) -> int:
        """Time up to which the backtest has run; after the last event that is the end of the period."""
        return self.feed.end if self.has_ended else self.now() + 1

    def _settle(self, option: Any) -> Any:
        at = moment_of(option.expiration_ns)
        if (spot := self._spot(option)) is None:
            if self.now() < option.expiration_ns:
                return None  # the data ended before it, and the last quote stands
            message = (
                f"{option.id} expired at {at} with an open position, and what it was worth is not known: the trial's "
                f"data has no price of {option.underlying} until then; list trades or quotes of it, or close the "
                "position before its expiration"
            )
            raise TrialError(Reason.DATA, message)
        return model.Price.from_decimal_dp(intrinsic(option, spot), option.price_precision)

    def _spot(self, option: Any) -> Decimal | None:
        """The newest price of the underlying at the expiration, the middle of a quote."""
        named = {str(i.id) for i in self.instruments.values() if str(i.id.symbol) == str(option.underlying)}
        same_venue = {n for n in named if n.endswith(f".{option.id.venue}")}
        events = [e for name in sorted(same_venue or named) for e in self._last(name, option.expiration_ns)]
        return price_of(max(events, key=lambda e: e.ts_init)) if events else None

    def _last(self, name: str, until: int) -> Iterator[Any]:
        """The last event of each identifier of an instrument with a price, at or before a time."""
        for entry in (e for e in self.feed.entries if e.kind in PRICES and not e.custom):
            for identifier, instrument in zip(entry.identifiers, entry.instruments, strict=True):
                if instrument == name:
                    starts = (*(until - span for span in SPANS), self.feed.start)
                    queries = (self.feed.query(entry, Bounds(t, until + 1), [identifier]) for t in starts)
                    yield from next((events[-1:] for events in queries if events), list[Any]())


def price_of(event: Any) -> Decimal:
    """The price of a market event: the middle of a quote, the close of a bar."""
    if isinstance(event, model.QuoteTick):
        return (event.bid_price.as_decimal() + event.ask_price.as_decimal()) / 2
    value = next(getattr(event, name) for name in ("price", "close", "value") if hasattr(event, name))
    return value.as_decimal()


def intrinsic(option: Any, spot: Decimal) -> Decimal:
    """Value of an option at its expiration."""
    gain = spot - option.strike_price.as_decimal()
    return max(gain if option.option_kind == model.OptionKind.CALL else -gain, Decimal(0))


def order_names(orders: Sequence[Any]) -> dict[str, str]:
    """Names of the venue's orders at expirations in place of their ids, which are random."""
    expired = [o for o in orders if str(o.client_order_id).startswith(EXPIRATION)]
    expired.sort(key=lambda o: (o.ts_init, str(o.instrument_id), o.side.name, o.quantity.as_decimal(), o.avg_px or 0))
    return {str(o.client_order_id): f"{EXPIRATION}-{o.instrument_id.venue}-{n}" for n, o in enumerate(expired, start=1)}


def exercises(orders: Sequence[Any], instruments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Ids of the two orders of each exercise: the one that closed the option, and the one for the underlying."""
    closes, opens = ([o for o in orders if has_tag(o, ending)] for ending in (CLOSES, OPENS))
    pairs: list[tuple[str, str]] = []
    for close in closes:
        option = instruments[str(close.instrument_id)]
        terms = delivery(close, option)
        if (match := next((o for o in opens if delivered(o) == terms), None)) is not None:
            opens.remove(match)
            pairs.append((str(close.client_order_id), str(match.client_order_id)))
    return pairs


def has_tag(order: Any, ending: str) -> bool:
    return any(str(tag).startswith(EXPIRATION) and str(tag).endswith(ending) for tag in order.tags or ())


def delivery(close: Any, option: Any) -> tuple[Any, ...]:
    """Delivery of an exercise: time, symbol, side, quantity and price."""
    was_long, is_call = close.side == model.OrderSide.SELL, option.option_kind == model.OptionKind.CALL
    side = model.OrderSide.BUY if was_long == is_call else model.OrderSide.SELL
    quantity = close.quantity.as_decimal() * option.multiplier.as_decimal()
    return close.ts_last, str(option.underlying), side, quantity, option.strike_price.as_decimal()


def delivered(order: Any) -> tuple[Any, ...]:
    """The same of an order for the underlying."""
    price = Decimal(str(order.avg_px))
    return order.ts_last, str(order.instrument_id.symbol), order.side, order.quantity.as_decimal(), price


def trades(positions: Sequence[Any], orders: Sequence[Any], instruments: Mapping[str, Any]) -> list[list[Any]]:
    """Positions in groups of one trade each: an exercised option with the positions of what it delivered."""
    pairs = exercises(orders, instruments)
    if not pairs:
        return [[p] for p in positions]
    part_of = dict(zip((id(p) for p in positions), range(len(positions)), strict=True))
    for pair in pairs:
        joined = {part_of[id(p)] for p in positions if not {str(i) for i in p.client_order_ids()}.isdisjoint(pair)}
        part_of = {key: min(joined) if group in joined else group for key, group in part_of.items()}
    groups: dict[int, list[Any]] = {}
    for p in positions:
        groups.setdefault(part_of[id(p)], []).append(p)
    return [sorted(group, key=lambda p: p.ts_opened) for group in groups.values()]
