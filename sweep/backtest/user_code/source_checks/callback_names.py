"""Callbacks by names that NautilusTrader 2.0 never calls: those of 1.x, and misspelt ones."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import FunctionType

from sweep.backtest.user_code.source_checks.class_source import (
    ClassSource,
    Finding,
    class_sources,
    engine_base,
    references,
)

RENAMED = {  # name in NautilusTrader 1.x: names in 2.0
    "on_quote_tick": ("on_quote",),
    "on_quote_ticks": ("on_historical_quotes",),
    "on_tick": ("on_quote", "on_trade"),
    "on_trade_tick": ("on_trade",),
    "on_trade_ticks": ("on_historical_trades",),
    "on_order_book": ("on_book",),
    "on_order_book_delta": ("on_book_deltas",),
    "on_order_book_deltas": ("on_book_deltas",),
    "on_order_book_depth": ("on_book_depth",),
    "on_order_book_depth10": ("on_book_depth",),
    "on_order_book_snapshot": ("on_book",),
    "on_event": ("on_order_event", "on_position_event", "on_time_event"),
    "on_timer": ("on_time_event",),
    "on_instruments": ("on_instrument",),
    "on_instrument_status_update": ("on_instrument_status",),
    "on_venue_status": ("on_instrument_status",),
    "on_venue_status_update": ("on_instrument_status",),
    "on_historical_quote_ticks": ("on_historical_quotes",),
    "on_historical_trade_ticks": ("on_historical_trades",),
    "on_option_greek": ("on_option_greeks",),
    "on_order_filled_partially": ("on_order_filled",),
}
ALIKE = 0.8  # ratio from which a name passes for a misspelt one


@cache
def called(base: type) -> frozenset[str]:
    """Callbacks that the engine has for subclasses of a base."""
    return frozenset(name for name in dir(base) if name.startswith("on_"))


def never_called(kind: type, files: Iterable[Path]) -> list[Finding]:
    """Each callback of a class that the engine never calls, and nothing in these files calls either."""
    classes, called_names = class_sources(kind), called(engine_base(kind))
    defined = {name for c in classes for name, _ in callbacks(c)} - called_names
    referred = references({*files, *(c.file for c in classes)}) if defined else set[str]()
    return [finding for c in classes for finding in _of_class(c, referred, called_names)]


def callbacks(written: ClassSource) -> Iterator[tuple[str, FunctionType]]:
    """The functions of a class whose names look like callbacks."""
    for name, value in vars(written.type).items():
        if name.startswith("on_") and isinstance(value, FunctionType):
            yield name, value


def _of_class(written: ClassSource, referred: set[str], called_names: frozenset[str]) -> Iterator[Finding]:
    aliases = {function for name, function in callbacks(written) if name in called_names}
    for name, function in callbacks(written):
        new = new_names(name, called_names)
        if new and name not in referred and function not in aliases:
            called = " or ".join(new)
            rule = f"{written.type.__name__}.{name} is never called by NautilusTrader 2: it would never run"
            remedy = f"rename it to {called}" + ("" if name in RENAMED else ", or call it somewhere")
            yield Finding(written.file, written.function_line(function), rule, remedy)


def new_names(name: str, called_names: frozenset[str]) -> tuple[str, ...]:
    """Callbacks of 2.0 that a name which is none of them stands for; none where it resembles none."""
    if name in called_names:
        return ()
    return RENAMED.get(name) or tuple(get_close_matches(name, sorted(called_names), n=1, cutoff=ALIKE))
