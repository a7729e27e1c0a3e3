"""Subscriptions that would never deliver, refused when they are made or at the end of a run."""

from collections.abc import Callable, Iterable
from typing import Any

from nautilus_trader.trading import Strategy

from sweep.backtest.data.subscriptions import Deliverable, first
from sweep.backtest.engine.guards import Guard
from sweep.errors import Reason, TrialError
from sweep.spec.data_kinds import DATA_KINDS, MARKING_KINDS


def wrap_subscriptions(kind: type, guard: Guard, deliverable: Deliverable) -> dict[str, Any]:
    """`subscribe_*` that trip where the trial's data can never deliver; `publish_data` noted."""

    def wrap(name: str) -> Callable[..., Any]:
        def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
            if refusal := deliverable.refusal(name, *args, **kwargs):
                guard.trip(refusal)
            if name == "subscribe_data":
                guard.awaited.add(type_name(*args, **kwargs))
            if name == "publish_data":
                guard.published.add(type_name(*args, **kwargs))
            note_market(guard, deliverable, name, *args, **kwargs)
            return getattr(kind, name)(self, *args, **kwargs)

        return inner

    names = [n for n in dir(Strategy) if n.startswith("subscribe_")] + ["publish_data", "unsubscribe_quotes"]
    return {name: wrap(name) for name in names}


MARKET = tuple(method for name in MARKING_KINDS for method in DATA_KINDS[name].subscribe)


def note_market(guard: Guard, deliverable: Deliverable, method: str, *args: Any, **kwargs: Any) -> None:
    """Keep what the strategy listens to, for the feed of option chains."""
    if not deliverable.is_chained(method, *args, **kwargs):
        guard.listening.hears_market |= method in MARKET
    elif method == "subscribe_quotes":
        guard.listening.subscribed(str(first(args, kwargs)), guard.now())
    else:
        guard.listening.unsubscribed(str(first(args, kwargs)))


def type_name(data_type: Any, *_args: Any, **_kwargs: Any) -> str:
    return str(data_type.type_name)


def never_delivered(guard: Guard, fed: Iterable[str]) -> None:
    """Raise when the strategy waited for custom data that nobody feeds or publishes."""
    if absent := sorted(guard.awaited - guard.published - set(fed)):
        message = f"the strategy subscribed to {', '.join(absent)}, which is not in the trial's data: add it to `data:`"
        raise TrialError(Reason.GUARD, message)
