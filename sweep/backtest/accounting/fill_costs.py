"""Spread and slippage that fills paid, by the quotes before them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nautilus_trader import model

from sweep.backtest.accounting.expiration import EXPIRATION
from sweep.backtest.accounting.fill_replay import Terms
from sweep.backtest.data.batches import TIME, Batch, FeedPart
from sweep.backtest.data.entries import DataEntry

MANY = 200_000  # quotes that are kept for the fills that are not yet looked at

type Side = tuple[float, float]  # bid and ask
type Costs = dict[str, tuple[float, float]]  # spread and slippage by currency


class FillQuotes:
    """The last quote at or before each fill of one run, from the windows that it replays."""

    def __init__(self) -> None:
        self._batches: dict[str, list[Batch]] = {}  # of an instrument, not yet looked at, in the order of time
        self._rows = 0
        self._last: dict[str, Any] = {}  # the newest quote of each instrument before them
        self._sides: dict[tuple[str, int], Side | None] = {}  # by instrument and time of the fill

    def follow(self, part: FeedPart) -> None:
        """Take the quotes of a window."""
        for batch in part.batches:
            if batch.entry.kind == "QuoteTick" and not batch.entry.custom:
                self._take(batch)

    def add(self, quotes: Sequence[Any]) -> None:
        """Take quotes of one instrument that are no part of a window: those of an option chain."""
        self._take(Batch(DataEntry("QuoteTick", (str(quotes[0].instrument_id),)), tuple(quotes)))

    def _take(self, batch: Batch) -> None:
        for name in batch.entry.identifiers:
            self._batches.setdefault(name, []).append(batch)
        self._rows += len(batch.events)

    @property
    def is_full(self) -> bool:
        """True if the fills so far should be looked at, so that their quotes can go."""
        return self._rows > MANY

    def settle(self, fills: Iterable[Any]) -> None:
        """Look at the fills so far and let the quotes go, but for the newest."""
        for fill in fills:
            self.before(fill)
        for name, batches in self._batches.items():
            newest = (_newest(batch, name, len(batch.events)) for batch in reversed(batches))
            self._last[name] = next((q for q in newest if q is not None), self._last.get(name))
        self._batches, self._rows = {}, 0

    def before(self, fill: Any) -> Side | None:
        """Bid and ask at a fill; None where its instrument has no quote until then."""
        key = str(fill.instrument_id), int(fill.ts_event)
        if key not in self._sides:
            quote = next(self._quotes(*key), None) or self._last.get(key[0])
            self._sides[key] = quote and (quote.bid_price.as_double(), quote.ask_price.as_double())
        return self._sides[key]

    def _quotes(self, name: str, at: int) -> Iterator[Any]:
        """The newest quote until a time in each batch that has one, the latest batch first."""
        for batch in reversed(self._batches.get(name, [])):
            if batch.events[0].ts_init <= at:
                quote = _newest(batch, name, bisect_right(batch.events, at, key=TIME))
                if quote is not None:
                    yield quote


def _newest(batch: Batch, name: str, end: int) -> Any:
    """The newest quote of an instrument among the first so many events; None where there is none."""
    if len(batch.entry.identifiers) == 1:
        return batch.events[end - 1]
    instrument = model.InstrumentId.from_str(name)
    return next((batch.events[n] for n in range(end - 1, -1, -1) if batch.events[n].instrument_id == instrument), None)


def fill_costs(fills: Sequence[Any], quotes: FillQuotes, instruments: Mapping[str, Any]) -> Costs | None:
    """Spread and slippage by currency; None where the instrument of a fill has no quote before it.

    A fill that took liquidity paid half the spread, from the middle to the ask or the bid, and slippage from there on;
    one that made it paid neither. What an expiration fills is booked at no quote.
    """
    costs: Costs = {}
    terms = {name: Terms.of(instruments[name]) for name in {str(f.instrument_id) for f in fills}}
    for fill in fills:
        if str(fill.client_order_id).startswith(EXPIRATION):
            continue
        if (sides := quotes.before(fill)) is None:
            return None
        if fill.liquidity_side.name != "MAKER":
            own = terms[str(fill.instrument_id)]
            bid, ask, price = (own.worth(value) for value in (*sides, fill.last_px.as_double()))
            size = fill.last_qty.as_double()
            slipped = price - ask if fill.order_side.name == "BUY" else bid - price
            spread, slippage = costs.get(own.currency, (0.0, 0.0))
            costs[own.currency] = spread + size * (ask - bid) / 2, slippage + size * slipped
    return costs
