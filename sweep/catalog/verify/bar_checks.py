"""Checks of bars from one to the next: volumes that are missing, and jumps that look like a split."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sweep.catalog.row_rules import BELOW_ZERO, WORTHLESS
from sweep.catalog.spec_check import day
from sweep.catalog.verify.instrument_checks import Definition

type Floats = np.ndarray[Any, np.dtype[np.float64]]
type Ints = np.ndarray[Any, np.dtype[np.int64]]
type Mark = Callable[[str, Any, Callable[[int], str]], None]

RATIOS = np.array([1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100, 1000])
NEAR = 0.04  # of a ratio: what the market moves in the same step
NEARER = 0.02  # of the smallest one
LEAST = 20  # ticks of a price: below, a tick is a jump


@dataclass
class BarState:
    """Facts about the bars of one type, from batch to batch."""

    bars: int = 0
    empty: int = 0
    first_empty: int = 0
    close: float = float("nan")  # of the bar before


def check_volumes(state: BarState, inits: Ints, volume: Floats) -> None:
    """Count the bars without volume."""
    none = np.flatnonzero(volume <= 0)
    if len(none) and not state.empty:
        state.first_empty = int(inits[none[0]])
    state.bars += len(volume)
    state.empty += len(none)


def volume_fault(state: BarState) -> tuple[str, str, int] | None:
    """The code, an example and the count, where bars have no volume."""
    if not state.empty:
        return None
    return "no-volume" if state.empty == state.bars else "zero-volume", f"at {day(state.first_empty)}", state.empty


def check_splits(
    state: BarState, definition: Definition | None, inits: Ints, columns: dict[str, Floats], mark: Mark
) -> None:
    """Mark bars that open at a simple multiple or part of the close before."""
    opened, close = columns["open"], columns["close"]
    before = np.concatenate(([state.close], close[:-1]))
    state.close = float(close[-1])
    if definition is None or definition.type in WORTHLESS | BELOW_ZERO:
        return
    least = LEAST * float(definition.tick)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where((before >= least) & (opened >= least), opened / before, 1.0)
    up = np.maximum(ratio, 1 / ratio)
    away = np.abs(np.log(up[:, None] / RATIOS))
    nearest = RATIOS[away.argmin(axis=1)]
    wrong = away.min(axis=1) < np.where(nearest == RATIOS[0], NEARER, NEAR)

    def shown(n: int) -> str:
        sign = "×" if ratio[n] > 1 else "÷"
        return f"{sign} {nearest[n]:g} at {day(int(inits[n]))}: from {before[n]:g} to {opened[n]:g}"

    mark("split", wrong, shown)
