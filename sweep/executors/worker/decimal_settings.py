"""Settings of decimal arithmetic, which a trial may change and the next one must not see."""

import decimal
from collections.abc import Callable
from functools import partial
from typing import Any

from sweep.executors.worker.library_settings import Setting

ARITHMETIC = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
CONTEXTS: dict[str, Callable[[], decimal.Context]] = {
    "decimal.getcontext()": decimal.getcontext,
    "decimal.DefaultContext": lambda: decimal.DefaultContext,
    "decimal.BasicContext": lambda: decimal.BasicContext,
    "decimal.ExtendedContext": lambda: decimal.ExtendedContext,
}


def _context(context: decimal.Context) -> tuple[Any, ...]:
    return (*(getattr(context, name) for name in ARITHMETIC), _on(context.traps))


def _set_context(context: Callable[[], decimal.Context], values: tuple[Any, ...]) -> None:
    changed, (*arithmetic, traps) = context(), values
    for name, value in zip(ARITHMETIC, arithmetic, strict=True):
        setattr(changed, name, value)
    for each in changed.traps:
        changed.traps[each] = each in traps


def _arithmetic(name: str, context: Callable[[], decimal.Context]) -> Setting:
    return Setting(name, lambda: _context(context()), partial(_set_context, context))


def _on(signals: Any) -> tuple[Any, ...]:
    return tuple(signal for signal, is_on in signals.items() if is_on)


def _set_flags(context: Callable[[], decimal.Context], before: tuple[Any, ...]) -> None:
    changed = context()
    for each in changed.flags:
        changed.flags[each] = each in before


def _flags(name: str, context: Callable[[], decimal.Context]) -> Setting:
    """Conditions that arithmetic has met so far, to which any trial's adds."""
    return Setting(f"{name}.flags", lambda: _on(context().flags), partial(_set_flags, context), is_told=False)


DECIMAL: tuple[Setting, ...] = tuple(make(name, of) for make in (_arithmetic, _flags) for name, of in CONTEXTS.items())
