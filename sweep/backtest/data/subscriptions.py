"""Which subscriptions a trial's data can deliver. The engine accepts any, and never says that nothing will come."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from nautilus_trader import model

from sweep.backtest.data.entries import DataEntry
from sweep.spec.data_kinds import DATA_KINDS

DELIVERS = {  # method: the noun and the kind of the data that it delivers; bars have a rule of their own
    method: (kind.noun, name) for name, kind in DATA_KINDS.items() if name != "Bar" for method in kind.subscribe
}
NEVER = {"subscribe_option_greeks": "option greeks", "subscribe_option_chain": "option chains"}


class Deliverable:
    """What a strategy may subscribe to."""

    def __init__(self, entries: Iterable[DataEntry], chains: Iterable[str] = ()) -> None:
        self.entries = tuple(entries)
        self.chains = frozenset(chains)  # contracts
        self.quotes = self._named("QuoteTick")
        self.trades = self._named("TradeTick")
        self.bars = self._named("Bar")

    def _named(self, kind: str) -> set[str]:
        return {name for e in self.entries if e.kind == kind and not e.custom for name in e.identifiers}

    def refusal(self, method: str, *args: Any, **kwargs: Any) -> str:
        """Why a call of this `subscribe_*` could never deliver; "" where it can."""
        if method in NEVER:
            return f"{method}: {NEVER[method]} are not in the trial's data"
        if method in DELIVERS and not self.is_chained(method, *args, **kwargs):
            what, kind = DELIVERS[method]
            return self._absent(method, what, str(first(args, kwargs)), self._named(kind))
        if method == "subscribe_bars":
            return self._bars(first(args, kwargs))
        return ""

    def is_chained(self, method: str, *args: Any, **kwargs: Any) -> bool:
        """Whether this call is about quotes of a contract of a chain."""
        return method.endswith("subscribe_quotes") and str(first(args, kwargs)) in self.chains

    def _absent(self, method: str, what: str, name: str, known: set[str]) -> str:
        if name in known:
            return ""
        have = f"it has {what} of {', '.join(sorted(known))}" if known else f"it has no {what}"
        return f"{method}({name}): the trial's data has no {what} of {name}, so nothing would ever come; {have}"

    def _bars(self, bar_type: Any) -> str:
        """External bars must be in the data; internal ones need what they are built from."""
        name = str(bar_type)
        if bar_type.is_composite():
            return self._bars(bar_type.composite())
        if bar_type.is_externally_aggregated():
            return self._absent("subscribe_bars", "bars", name, self.bars)
        source = (
            ("trades", self.trades) if bar_type.spec.price_type == model.PriceType.LAST else ("quotes", self.quotes)
        )
        instrument = str(bar_type.instrument_id)
        if instrument in source[1]:
            return ""
        return f"subscribe_bars({name}): built from {source[0]} of {instrument}, which are not in the trial's data"


@dataclass
class Listening:
    """What a strategy listens to; kept by the guard."""

    hears_market: bool = False  # whether it gets callbacks of market data that no chain holds
    joined: dict[str, int] = field(default_factory=dict[str, int])  # contract → time of its subscription (ns)
    fresh: list[str] = field(default_factory=list[str])  # of these, not yet in the feed
    left: set[str] = field(default_factory=set[str])  # contracts that it unsubscribed from

    def subscribed(self, name: str, now: int) -> None:
        self.left.discard(name)
        if name not in self.joined:
            self.joined[name] = now
            self.fresh.append(name)

    def unsubscribed(self, name: str) -> None:
        if name in self.joined:
            self.left.add(name)

    def forget(self, name: str) -> None:
        self.left.discard(name)
        self.joined.pop(name, None)
        if name in self.fresh:
            self.fresh.remove(name)


def first(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[0] if args else next(iter(kwargs.values()))
