"""Subscriptions that a trial's data can deliver. The engine accepts any, and never says that nothing will come."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from nautilus_trader import model

from sweep.backtest.data.entries import DataEntry
from sweep.spec.data_kinds import DATA_KINDS

DELIVERS = {  # method: the noun and the kind of the data that it delivers; bars have a rule of their own
    method: (kind.noun, name) for name, kind in DATA_KINDS.items() if name != "Bar" for method in kind.subscribe
}
NEVER = {
    "subscribe_option_greeks": ("option greeks", "OptionGreeks"),
    "subscribe_option_chain": ("option chains", "OptionChain"),
}
PUBLISHED_BY = {"subscribe_signal": ("publish_signal", "Signal"), "subscribe_topic": ("publish_message", "Topic")}


class Refusal(NamedTuple):
    """Reason for which a subscription could never deliver, and the missing data as `data_missing.allow` names it."""

    missing: str  # TradeTick SPY.ARCA
    message: str


class Deliverable:
    """Data that a strategy may subscribe to."""

    def __init__(
        self,
        entries: Iterable[DataEntry],
        chains: Iterable[str] = (),
        allowed: Iterable[str] = (),
        can_publish: Callable[[str, str], bool] = lambda _method, _name: True,
    ) -> None:
        """`allowed` is what may be missing; `can_publish` tells whether a method may publish under a name."""
        self.entries = tuple(entries)
        self.chains = frozenset(chains)  # contracts
        self.allowed = tuple(allowed)
        self.can_publish = can_publish
        self.quotes = self._named("QuoteTick")
        self.trades = self._named("TradeTick")
        self.bars = self._named("Bar")

    def _named(self, kind: str) -> set[str]:
        return {name for e in self.entries if e.kind == kind and not e.custom for name in e.identifiers}

    def allows(self, missing: str) -> bool:
        """True if the spec says that this may be missing."""
        return any(fnmatchcase(missing, pattern) for pattern in self.allowed)

    def refusal(self, method: str, *args: Any, **kwargs: Any) -> Refusal | None:
        """Reason for which a call of this `subscribe_*` could never deliver; None where it can."""
        if method in NEVER:
            noun, kind = NEVER[method]
            return Refusal(f"{kind} {first(args, kwargs)}", f"{method}: {noun} are not in the trial's data")
        if method in DELIVERS and not self.is_chained(method, *args, **kwargs):
            subject, kind = DELIVERS[method]
            return self._absent(method, subject, kind, str(first(args, kwargs)), self._named(kind))
        if method == "subscribe_bars":
            return self._bars(first(args, kwargs))
        if method in PUBLISHED_BY:
            return self._unpublished(method, str(first(args, kwargs)) if args or kwargs else "")
        return None

    def request_refusal(self, method: str, kind: str, identifier: str) -> Refusal | None:
        """Reason for which a request for history could never be answered; None where it can."""
        return self._absent(method, DATA_KINDS[kind].noun, kind, identifier, self._named(kind))

    def is_chained(self, method: str, *args: Any, **kwargs: Any) -> bool:
        """True if this call is about quotes of a contract of a chain."""
        return method.endswith("subscribe_quotes") and str(first(args, kwargs)) in self.chains

    def _absent(self, method: str, noun: str, kind: str, name: str, names: set[str]) -> Refusal | None:
        if name in names:
            return None
        have = f"it has {noun} of {', '.join(sorted(names))}" if names else f"it has no {noun}"
        message = f"{method}({name}): the trial's data has no {noun} of {name}, so nothing would ever come; {have}"
        return Refusal(f"{kind} {name}", message)

    def _bars(self, bar_type: Any) -> Refusal | None:
        """External bars must be in the data; internal ones need what they are built from."""
        name = str(bar_type)
        if bar_type.is_composite():
            return self._bars(bar_type.composite())
        if bar_type.is_externally_aggregated():
            return self._absent("subscribe_bars", "bars", "Bar", name, self.bars)
        source = (
            ("trades", self.trades) if bar_type.spec.price_type == model.PriceType.LAST else ("quotes", self.quotes)
        )
        instrument = str(bar_type.instrument_id)
        if instrument in source[1]:
            return None
        message = f"subscribe_bars({name}): built from {source[0]} of {instrument}, which are not in the trial's data"
        return Refusal(f"Bar {name}", message)

    def _unpublished(self, method: str, name: str) -> Refusal | None:
        """A signal or topic that no code of the trial publishes."""
        publisher, kind = PUBLISHED_BY[method]
        if self.can_publish(publisher, name):
            return None
        noun = f"the {kind.lower()} {name!r}" if name else f"a {kind.lower()}"
        message = f"{method}({name!r}): nothing in the trial publishes {noun}, so nothing would ever come"
        return Refusal(f"{kind} {name or '*'}", f"{message}; publish it with self.{publisher}({name!r}, …)")


@dataclass
class Listening:
    """Data that a strategy listens to; kept by the guard."""

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
