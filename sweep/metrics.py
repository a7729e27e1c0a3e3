"""Metrics that a spec may add by import path, and examples for your own: a function of a finished trial.

    metrics:
      exposure: "sweep.metrics:exposure"
      brier: {path: "sweep.metrics:brier_score", config: {event: ScoreUpdate, score: composite_score, scale: 100}}

A metric gives a finite number, or None where the figure does not exist. docs/metrics.md has their formulas.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import fsum
from typing import Any

from sweep.finished import Fill, Finished


def time_in_market(trial: Finished) -> float | None:
    """Share of the trading time (first to last market data of each day) with an open position; 0 to 1."""
    held = merged([(p.ts_opened, p.ts_closed or _end(trial)) for p in trial.positions])
    total = sum(day.last - day.first for day in trial.days)
    inside = sum(overlap(start, end, trial) for start, end in held)
    return inside / total if total else None


def exposure(trial: Finished) -> float | None:
    """Mean over the trading time of what is held, at the price of its last fill, in units of the starting equity.

    Longs and shorts add up; 1 is fully invested without leverage.
    """
    total = sum(day.last - day.first for day in trial.days)
    held, worth, value = dict[tuple[str, str], float](), dict[tuple[str, str], float](), 0.0
    for n, fill in enumerate(trial.fills):
        key = (fill.instrument_id, fill.position_id)
        held[key] = held.get(key, 0.0) + fill.sign * fill.quantity
        worth[key] = abs(held[key]) * fill.value / fill.quantity
        until = trial.fills[n + 1].ts_event if n + 1 < len(trial.fills) else _end(trial)
        value += fsum(worth.values()) * overlap(fill.ts_event, until, trial)
    return value / total / trial.equity_start if total else None


def turnover(trial: Finished) -> float:
    """Worth of everything bought and sold, in units of the starting equity."""
    return fsum(fill.value for fill in trial.fills) / trial.equity_start


def slippage(trial: Finished) -> float | None:
    """Mean over the fills, weighted by their worth, of what the price was worse than the mid, in basis points.

    Positive is a cost: half the spread for an order at the market; a resting one that is met at the touch earns it. The
    mid is of the last quote at or before the fill; fills without one do not count.
    """
    costs = [(cost, fill.value) for fill, cost in _costs(trial) if cost is not None]
    total = fsum(value for _, value in costs)
    return 1e4 * fsum(cost * value for cost, value in costs) / total if total else None


def pnl_without_best_day(trial: Finished) -> float | None:
    """`pnl_total` without the day that earned most: a strategy that lives from one day has nothing left."""
    if not trial.days:
        return None
    return fsum(day.pnl for day in trial.days) - max(day.pnl for day in trial.days)


def pnl_double_costs(trial: Finished, *, spread: bool = False) -> float | None:
    """`pnl_total` if all fees were twice as high; with `spread` what fills cost against the mid is doubled as well."""
    total, fees = trial.figures["pnl_total"], trial.figures["fees"]
    if total is None or fees is None:
        return None
    paid = fsum(cost * fill.value for fill, cost in _costs(trial) if cost is not None) if spread else 0.0
    return total - fees - paid


def brier_score(trial: Finished, event: str, score: str, scale: float = 1.0) -> float | None:
    """Mean of (score / scale - outcome)^2 over the closed positions; 0 is a perfect forecast, 0.25 knows nothing.

    The outcome is 1 where the position won after fees, else 0. Its score is the field `score` of the last event of
    class `event` at or before the order that opened it: of the same instrument where there are events of it, else of
    any. Higher scores must mean a better chance. None without a scored position.
    """
    pairs = scored(trial, event, score)
    return fsum((s / scale - won) ** 2 for s, won in pairs) / len(pairs) if pairs else None


def auc(trial: Finished, event: str, score: str) -> float | None:
    """Chance that a position that won had a higher score than one that did not: the area under the ROC curve.

    Ties count half. Scores and outcomes as for `brier_score`. None unless some won and some did not.
    """
    pairs = sorted(scored(trial, event, score))
    wins = sum(won for _, won in pairs)
    if not 0 < wins < len(pairs):
        return None
    below, points = 0, 0.0  # positions that did not win, with a lower score; Mann-Whitney's U
    for _, tied in groupby(pairs, key=lambda pair: pair[0]):
        outcomes = [won for _, won in tied]
        lost = len(outcomes) - sum(outcomes)
        points += sum(outcomes) * (below + lost / 2)
        below += lost
    return points / wins / (len(pairs) - wins)


def scored(trial: Finished, event: str, score: str) -> list[tuple[float, bool]]:
    """(score, whether it won) of each closed position that an event came before."""
    by_instrument = dict[str, list[Any]]()
    for e in sorted(trial.events(event), key=lambda e: e.ts_event):
        for name in {"", str(getattr(e, "instrument_id", ""))}:
            by_instrument.setdefault(name, []).append(e)
    pairs: list[tuple[float, bool]] = []
    for position in trial.positions:
        events = by_instrument.get(position.instrument_id, by_instrument.get("", []))
        index = bisect_right(events, position.ts_decided, key=lambda e: e.ts_event)
        if index and not position.is_open:
            pairs.append((float(getattr(events[index - 1], score)), position.pnl > 0))
    return pairs


def merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time without overlaps, ascending."""
    union: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if union and start <= union[-1][1]:
            union[-1] = union[-1][0], max(end, union[-1][1])
        else:
            union.append((start, end))
    return union


def overlap(start: int, end: int, trial: Finished) -> int:
    """Nanoseconds of a span that are trading time."""
    return sum(max(0, min(end, day.last) - max(start, day.first)) for day in trial.days)


def _end(trial: Finished) -> int:
    return trial.days[-1].last if trial.days else 0


def _costs(trial: Finished) -> Iterator[tuple[Fill, float | None]]:
    """Each fill with how much worse than the mid it was, as a fraction of the mid."""
    for fill, mid in zip(trial.fills, trial.mids(), strict=True):
        yield fill, None if mid is None else fill.sign * (fill.price - mid) / mid
