"""Indicators that a strategy registers, and that requested history feeds as it does in live trading.

The engine feeds them with the rows of a response before it calls `on_historical_*`. It keeps their registry to itself.
"""

from collections.abc import Callable, Iterable
from typing import Any

from nautilus_trader.model import BarType

from sweep.backtest.engine.guards import Guard

FEEDS = {  # kind of data: the method that registers, the method of an indicator
    "QuoteTick": ("register_indicator_for_quote_ticks", "handle_quote_tick"),
    "TradeTick": ("register_indicator_for_trade_ticks", "handle_trade_tick"),
    "Bar": ("register_indicator_for_bars", "handle_bar"),
}

type Registry = dict[tuple[int, str, str], list[Any]]  # component, kind, instrument (or bars of a length) → indicators


class RegisteredIndicators:
    """The indicators of the strategies and actors of a trial, by what feeds them."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._registry: Registry = {}

    def wrap_registrations(self, kind: type) -> dict[str, Any]:
        """The methods of a strategy class that register, noting what they do."""
        methods = {name: method for name, (method, _) in FEEDS.items() if hasattr(kind, method)}
        return {method: self._registering(name, getattr(kind, method)) for name, method in methods.items()}

    def feed(self, component: object, kind: str, identifier: str, events: Iterable[Any]) -> None:
        """Hand rows that a component requested to its indicators, in order."""
        indicators = self._registry.get((id(component), kind, _key(kind, identifier)), [])
        for event in events if indicators else ():
            for indicator in indicators:
                try:
                    getattr(indicator, FEEDS[kind][1])(event)
                except Exception as error:
                    self._guard.raised(f"the indicator {type(indicator).__name__}, fed with history,", error)
                    raise

    def _registering(self, kind: str, register: Callable[..., Any]) -> Callable[..., Any]:
        keyword = "bar_type" if kind == "Bar" else "instrument_id"

        def inner(component: Any, *args: Any, **kwargs: Any) -> Any:
            result = register(component, *args, **kwargs)
            names = dict(zip((keyword, "indicator"), args, strict=False)) | kwargs
            held = self._registry.setdefault((id(component), kind, _key(kind, str(names[keyword]))), [])
            if not any(indicator is names["indicator"] for indicator in held):  # the engine takes each once
                held.append(names["indicator"])
            return result

        return inner


def _key(kind: str, identifier: str) -> str:
    """The engine's key: bars of one length feed the same indicators, whoever aggregates them."""
    if kind != "Bar":
        return identifier
    bar_type = BarType.from_str(identifier)
    return f"{bar_type.instrument_id} {bar_type.spec}"
