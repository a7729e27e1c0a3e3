"""Subscriptions that would never deliver, refused when they are made or at the end of a run."""

from collections.abc import Callable, Iterable
from typing import Any

from sweep.backtest.data.subscriptions import Deliverable, first
from sweep.backtest.engine.guards import Guard
from sweep.backtest.user_code.source_checks.class_source import engine_base
from sweep.errors import Reason, TrialError
from sweep.spec.data_kinds import DATA_KINDS, MARKING_KINDS


def wrap_subscriptions(kind: type, guard: Guard, deliverable: Deliverable) -> dict[str, Any]:
    """`subscribe_*` that trip where the trial's data can never deliver; `publish_data` noted."""

    def wrap(name: str) -> Callable[..., Any]:
        def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
            if refusal := deliverable.refusal(name, *args, **kwargs):
                return guard.lack(refusal, is_allowed=deliverable.allows(refusal.missing))
            if name in BOOKS:
                note_book(guard, name, *args, **kwargs)
            if name == "subscribe_data":
                guard.awaited.add(type_name(*args, **kwargs))
            if name == "publish_data":
                guard.published.add(type_name(*args, **kwargs))
            note_market(guard, deliverable, name, *args, **kwargs)
            return getattr(kind, name)(self, *args, **kwargs)

        return inner

    names = [n for n in dir(engine_base(kind)) if n.startswith("subscribe_")] + ["publish_data", "unsubscribe_quotes"]
    return {name: wrap(name) for name in names if hasattr(kind, name)}


MARKET = tuple(method for name in MARKING_KINDS for method in DATA_KINDS[name].subscribe)


def note_market(guard: Guard, deliverable: Deliverable, method: str, *args: Any, **kwargs: Any) -> None:
    """Keep what the strategy listens to, for the feed of option chains."""
    if not deliverable.is_chained(method, *args, **kwargs):
        guard.listening.hears_market |= method in MARKET
    elif method == "subscribe_quotes":
        guard.listening.subscribed(str(first(args, kwargs)), guard.now())
    else:
        guard.listening.unsubscribed(str(first(args, kwargs)))


BOOKS = ("subscribe_book_deltas", "subscribe_book_depth", "subscribe_book_at_interval")
MANAGED = 4  # place of the argument `managed`


def note_book(guard: Guard, method: str, *args: Any, **kwargs: Any) -> None:
    """Keep whether the engine maintains the book of a subscription in the cache."""
    managed = args[MANAGED] if len(args) > MANAGED else kwargs.get("managed", False)
    if managed or method == "subscribe_book_at_interval":
        guard.has_managed_book = True
    else:
        guard.unmanaged_book = guard.unmanaged_book or f"{method}({first(args, kwargs)}, …)"


def require_managed_book(guard: Guard) -> None:
    """Raise when a strategy asked the cache for a book that nothing fills."""
    if guard.book_read and guard.unmanaged_book and not guard.has_managed_book:
        message = (
            f"{guard.book_read} asks the cache for an order book, which NautilusTrader 2 fills only where the "
            f"subscription says so: add managed=True to {guard.unmanaged_book}"
        )
        raise TrialError(Reason.GUARD, message)


def type_name(data_type: Any, *_args: Any, **_kwargs: Any) -> str:
    return str(data_type.type_name)


def never_delivered(guard: Guard, fed: Iterable[str], deliverable: Deliverable) -> None:
    """Raise when the strategy waited for custom data that nobody feeds or publishes."""
    absent = sorted(guard.awaited - guard.published - set(fed))
    guard.missing |= {name: "subscribe_data" for name in absent if deliverable.allows(name)}
    if absent := [name for name in absent if name not in guard.missing]:
        message = (
            f"the strategy subscribed to {', '.join(absent)}, which is not in the trial's data: add it to `data:`, or "
            f"allow it in the spec: data_missing: {{allow: [{', '.join(absent)}]}}"
        )
        raise TrialError(Reason.GUARD, message)
