"""Workarounds for the engine, each with what was observed and where it is dealt with.

tests/backtest/engine/test_workarounds.py provokes each observation on a plain engine: a test that turns red there says
that a workaround is no longer needed, or that the engine has changed and it must be looked at again.
"""

from typing import NamedTuple

SEEN_WITH = "2.0.0rc7"


class Workaround(NamedTuple):
    """One behaviour of the engine that the project works around."""

    observation: str
    upstream: str  # issue of NautilusTrader; "" where none is known
    modules: tuple[str, ...]  # of sweep.backtest


WORKAROUNDS: dict[str, Workaround] = {
    "swallowed exceptions": Workaround(
        "an exception in a callback other than on_start is logged, and the run goes on",
        "#5039, #5048",
        ("engine.guards", "engine.instrumentation"),
    ),
    "silent abort": Workaround(
        "shutdown_on_error ends a run at an ERROR, and nothing but the count of iterations tells",
        "",
        ("engine.fed_engine",),
    ),
    "second engine": Workaround(
        "an engine that is built between add_strategy and run of another one keeps its orders from any venue",
        "",
        ("engine.engine_factory", "engine.guards"),
    ),
    "pandas at the first engine": Workaround(
        "the first engine of a process imports pandas to log its version: two seconds",
        "",
        ("engine.engine_factory",),
    ),
    "used random state": Workaround(
        "reset() does not seed fill models again, so a second run differs",
        "#4151, #3992, #4159",
        ("engine.backtest_run",),
    ),
    "unanswered requests": Workaround(
        "request_* is accepted in a backtest and never answered, also with catalogs in the config",
        "",
        ("engine.history",),
    ),
    "subscriptions without data": Workaround(
        "a subscription to an instrument without data is accepted without a word",
        "",
        ("data.subscriptions", "engine.subscription_guards"),
    ),
    "unmanaged books": Workaround(
        "subscribe_book_deltas leaves the cache without a book unless managed=True",
        "",
        ("engine.subscription_guards",),
    ),
    "orders are copies": Workaround(
        "an order object of the factory stays INITIALIZED, whatever becomes of the order",
        "",
        ("user_code.source_checks.kept_orders",),
    ),
    "dropped config fields": Workaround(
        "a field that a subclass of StrategyConfig annotates keeps its default, whatever value is passed",
        "",
        ("user_code.classes",),
    ),
    "rounded money": Workaround(
        "Money.from_str rounds an amount to the decimals of its currency without a word",
        "",
        ("user_code.coercion.engine_values",),
    ),
    "invented currencies": Workaround(
        "Currency.from_str makes a currency of any text unless strict=True",
        "",
        ("user_code.coercion.engine_values",),
    ),
    "random order of subscribers": Workaround(
        "the components that subscribe to one topic are called in the order of random ids, another one in each engine",
        "",
        ("data.delivery_order",),
    ),
    "skipped quotes": Workaround(
        "quotes of another precision than the instrument's are skipped by the matching engine",
        "",
        ("data.preflight",),
    ),
}
