"""View of one strategy of a pack: itself alone, as in an isolated engine.

`cache` and `portfolio` of the guarded subclass answer for the strategy's own id. What cannot be answered for one
strategy alone is refused with the call's name, and the trial is run isolated. `log` and `clock` tell what is done with
them.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from inspect import signature
from typing import Any, NoReturn

from nautilus_trader import model
from nautilus_trader.common import Cache
from nautilus_trader.portfolio import Portfolio

type Refuse = Callable[[str], NoReturn]  # with the name of the call

MARKET = {  # of the market, which is the same for all
    *("trade", "trades", "price", "mark_price", "mark_prices", "index_price", "index_prices"),
    *("instrument", "instrument_ids", "instruments", "instrument_status", "instrument_statuses", "instrument_close"),
    *("funding_rate", "funding_rates", "top_of_book", "has_quote_ticks", "has_trade_ticks"),
    *("trade_count", "get_xrate", "account_id"),
}
BY_ID = {  # of an order or a position that the strategy has the id of: its own
    *("order", "client_order_id", "venue_order_id", "client_id", "order_exists", "is_order_open", "is_order_closed"),
    *("is_order_emulated", "is_order_inflight", "is_order_pending_cancel_local", "order_list", "order_list_exists"),
    *("position", "position_for_order", "position_id", "position_exists", "is_position_open", "is_position_closed"),
    *("strategy_id_for_order", "strategy_id_for_position", "orders_for_position"),
}
OWN = {  # that can be asked for one strategy
    *(f"client_order_ids{kind}" for kind in ("", "_open", "_closed", "_emulated", "_inflight")),
    *("position_ids", "position_open_ids", "position_closed_ids", "order_lists"),
    *(f"orders_{kind}" for kind in ("open", "closed", "emulated", "inflight")),
    *(f"orders_{kind}_count" for kind in ("open", "closed", "emulated", "inflight", "total")),
    *(f"positions_{kind}" for kind in ("open", "closed")),
    *(f"positions_{kind}_count" for kind in ("open", "closed", "total")),
    *("orders", "positions"),
}
BARS = ("bar", "bars", "bar_count", "has_bars")
HISTORY = ("quotes", "quote_count")  # of quotes before the last one, and `quote` with an index
POSITION = {name: list(signature(getattr(Cache, name)).parameters).index("strategy_id") - 1 for name in OWN}


class Withdrawn(BaseException):
    """Raised inside user code when its strategy leaves; no `except Exception` hides it."""

    has_left: bool = False  # the strategy has left because of it


class IsolatedCache:
    """The engine's cache as one strategy alone would find it."""

    def __init__(
        self,
        cache: Cache,
        strategy_id: model.StrategyId,
        refuse: Refuse,
        look_back: Callable[[], None] = lambda: None,  # called when quotes before the last one are asked for
    ) -> None:
        self._cache, self._id, self._refuse, self._look_back = cache, strategy_id, refuse, look_back
        self.heard: set[str] = set()  # bar types that it subscribed to; the engine builds others for others

    def __getattr__(self, name: str) -> Any:
        if name in HISTORY:
            query = self._of_history(name)
        elif name in MARKET or name in BY_ID:
            query = getattr(self._cache, name)
        elif name in OWN:
            query = self._of_own(name)
        elif name in BARS:
            query = self._of_bars(name)
        elif name.startswith("_"):
            raise AttributeError(name)
        else:
            self._refuse(f"cache.{name}")
        self.__dict__[name] = query  # asked for again it costs nothing
        return query

    def _of_own(self, name: str) -> Callable[..., Any]:
        ask, place = getattr(self._cache, name), POSITION[name]

        def query(*args: Any, **kwargs: Any) -> Any:
            named = args[place] if len(args) > place else kwargs.pop("strategy_id", None)
            if named not in (None, self._id):
                self._refuse(f"cache.{name}(strategy_id={named})")
            if len(args) > place:
                return ask(*args[:place], self._id, *args[place + 1 :], **kwargs)
            return ask(*args, **kwargs, strategy_id=self._id)

        return query

    def _of_history(self, name: str) -> Callable[..., Any]:
        def query(*args: Any, **kwargs: Any) -> Any:
            self._look_back()
            return getattr(self._cache, name)(*args, **kwargs)

        return query

    def quote(self, instrument_id: model.InstrumentId, index: int = 0) -> model.QuoteTick | None:
        """The last quote, or the one so many before it."""
        if index:
            self._look_back()
        return self._cache.quote(instrument_id, index)

    def _of_bars(self, name: str) -> Callable[..., Any]:
        def query(bar_type: model.BarType, *args: Any, **kwargs: Any) -> Any:
            if bar_type.is_internally_aggregated() and str(bar_type) not in self.heard:
                self._refuse(f"cache.{name} of bars that it has not subscribed to")
            return getattr(self._cache, name)(bar_type, *args, **kwargs)

        return query

    def strategy_ids(self) -> list[model.StrategyId]:
        """Its own."""
        return [self._id]

    def position_snapshots(self, position_id: model.PositionId | None = None, account_id: Any = None) -> list[Any]:
        """Closed positions of an id that was opened again."""
        if account_id is not None:
            self._refuse("cache.position_snapshots(account_id=…)")
        ids = [position_id] if position_id else self._cache.position_ids(strategy_id=self._id)
        return [snapshot for i in sorted(ids, key=str) for snapshot in self._cache.position_snapshots(i)]


class IsolatedPortfolio:
    """The engine's portfolio as one strategy alone would find it, in an account of the instruments' one currency.

    Refused: what the account is asked for (balances, margins, equity), realised PnL, of which the engine keeps its own
    account, and what needs another currency. While an order
    event is handled the engine still answers with the open PnL of before (`is_stale`): that is refused too.
    """

    def __init__(
        self, portfolio: Portfolio, cache: IsolatedCache, refuse: Refuse, is_stale: Callable[[], bool]
    ) -> None:
        self._portfolio, self._cache, self._refuse, self._is_stale = portfolio, cache, refuse, is_stale

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self._refuse(f"portfolio.{name}")

    def is_initialized(self) -> bool:
        """True if all positions and orders could be valued."""
        return self._portfolio.is_initialized()

    def net_position(self, instrument_id: model.InstrumentId, account_id: Any = None) -> Decimal:
        """Signed quantity."""
        self._plain("net_position", account_id)
        return sum((signed(p) for p in self._open(instrument_id)), Decimal(0))

    def is_net_long(self, instrument_id: model.InstrumentId, account_id: Any = None) -> bool:
        """True if the net position is positive."""
        return self.net_position(instrument_id, account_id) > 0

    def is_net_short(self, instrument_id: model.InstrumentId, account_id: Any = None) -> bool:
        """True if the net position is negative."""
        return self.net_position(instrument_id, account_id) < 0

    def is_net_flat(self, instrument_id: model.InstrumentId, account_id: Any = None) -> bool:
        """True if the net position is zero."""
        return self.net_position(instrument_id, account_id) == 0

    def is_completely_net_flat(self, account_id: Any = None) -> bool:
        """True if no instrument has a net position."""
        ids = {p.instrument_id for p in self._cache.positions_open()}
        return all(self.is_net_flat(i, account_id) for i in ids)

    def unrealized_pnl(
        self, instrument_id: model.InstrumentId, price: Any = None, account_id: Any = None, target_currency: Any = None
    ) -> model.Money | None:
        """Open PnL at the bid (longs) or the ask (shorts); None before the first price."""
        self._plain("unrealized_pnl", price, account_id, target_currency)
        if self._is_stale():
            self._refuse("portfolio.unrealized_pnl while an order event is handled")
        amounts: list[model.Money] = []
        for position in self._open(instrument_id):
            if (mark := self._mark(position)) is None:
                return None
            amounts.append(position.unrealized_pnl(mark))
        return self._total(instrument_id, amounts)

    def net_exposure(
        self, instrument_id: model.InstrumentId, price: Any = None, account_id: Any = None, target_currency: Any = None
    ) -> model.Money | None:
        """Worth of what is held, at the bid (longs) or the ask (shorts)."""
        self._plain("net_exposure", price, account_id, target_currency)
        if len(held := self._open(instrument_id)) > 1:
            self._refuse("portfolio.net_exposure of several positions in one instrument")
        if not held:
            return self._total(instrument_id, [])
        return None if (mark := self._mark(held[0])) is None else held[0].notional_value(mark)

    def _open(self, instrument_id: model.InstrumentId) -> list[Any]:
        return self._cache.positions_open(instrument_id=instrument_id)

    def _mark(self, position: Any) -> Any:
        kind = model.PriceType.BID if position.is_long else model.PriceType.ASK
        return self._cache.price(position.instrument_id, kind) or self._refuse("portfolio without quotes")

    def _total(self, instrument_id: model.InstrumentId, amounts: Iterable[model.Money]) -> model.Money:
        instrument: Any = self._cache.instrument(instrument_id)
        total = sum((money.as_decimal() for money in amounts), Decimal(0))
        return model.Money.from_decimal(total, instrument.quote_currency)

    def _plain(self, name: str, *others: Any) -> None:
        if any(other is not None for other in others):
            self._refuse(f"portfolio.{name} with more than an instrument")


def signed(position: Any) -> Decimal:
    """The quantity of a position, negative for a short."""
    quantity = position.quantity.as_decimal()
    return quantity if position.is_long else -quantity


class IsolatedLog:
    """The strategy's logger; an ERROR would stop the engine for all, so the strategy leaves instead."""

    def __init__(self, log: Any, refuse: Refuse) -> None:
        self._log, self._refuse = log, refuse

    def __getattr__(self, name: str) -> Any:
        if name in {"error", "exception"}:
            self._refuse(f"log.{name}")
        return getattr(self._log, name)


class IsolatedClock:
    """The strategy's clock; whoever sets a timer is known to step when it is due.

    It cannot be put forward: the engine of all would end the process.
    """

    def __init__(self, clock: Any, rang: Callable[[], None], refuse: Refuse) -> None:
        self._clock, self._rang, self._refuse = clock, rang, refuse

    def __getattr__(self, name: str) -> Any:
        if name == "set_time":
            self._refuse("clock.set_time")
        attribute = getattr(self._clock, name)
        if name.startswith(("set_time", "register_")):
            attribute = self._telling(attribute)
        self.__dict__[name] = attribute  # asked for again it costs nothing
        return attribute

    def _telling(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*args: Any, **kwargs: Any) -> Any:
            named = {key: self._with_notice(value) for key, value in kwargs.items()}
            return function(*map(self._with_notice, args), **named)

        return inner

    def _with_notice(self, callback: Any) -> Any:
        if not callable(callback):
            return callback

        def inner(event: Any) -> Any:
            self._rang()
            return callback(event)

        return inner
