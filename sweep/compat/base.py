"""The base of indicators as 1.x had it: for those of this package, and for those of a user."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add
from typing import Any, ClassVar

from nautilus_trader.model import Bar, PriceType, QuoteTick, TradeTick


class Indicator:
    """Takes bars, quotes or trades, and says when it has seen enough."""

    reads: ClassVar[tuple[str, ...]] = ("close",)  # what `update_raw` takes of a bar

    def __init__(self, params: Sequence[Any] = ()) -> None:
        self._params = list(params)
        self.name = type(self).__name__
        self.has_inputs = False
        self.initialized = False

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(str, self._params))})"

    def handle_bar(self, bar: Bar) -> None:
        update: Callable[..., None] = getattr(self, "update_raw")  # noqa: B009 (each takes other values)
        update(*(getattr(bar, name).as_double() for name in self.reads))

    def handle_quote_tick(self, tick: QuoteTick) -> None:
        raise NotImplementedError(f"{self.name} takes no quotes")

    def handle_trade_tick(self, tick: TradeTick) -> None:
        raise NotImplementedError(f"{self.name} takes no trades")

    def reset(self) -> None:
        """Forget everything."""
        self._reset()
        self.has_inputs = False
        self.initialized = False

    def _reset(self) -> None:
        """Forget what a subclass remembers."""

    def _set_has_inputs(self, setting: bool) -> None:
        self.has_inputs = setting

    def _set_initialized(self, setting: bool) -> None:
        self.initialized = setting

    def _seen(self, *, enough: bool) -> None:
        """Note an input; once there were enough, it stays initialized."""
        self.has_inputs = True
        self.initialized = self.initialized or enough


def total(values: Iterable[float]) -> float:
    """The sum, added one by one as 1.x did: Python's own rounds in another way, which decides where averages tie."""
    return reduce(add, values, 0.0)


class PriceIndicator(Indicator):
    """An indicator of one price: the close of a bar, the price of a trade, a price of a quote."""

    def __init__(self, params: Sequence[Any] = (), price_type: PriceType = PriceType.LAST) -> None:
        super().__init__(params)
        self.price_type = price_type

    @abstractmethod
    def update_raw(self, value: float, /) -> None: ...

    def handle_quote_tick(self, tick: QuoteTick) -> None:
        self.update_raw(tick.extract_price(self.price_type).as_double())

    def handle_trade_tick(self, tick: TradeTick) -> None:
        self.update_raw(tick.price.as_double())
