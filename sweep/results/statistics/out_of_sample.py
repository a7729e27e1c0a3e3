"""Figures on data that a search has not seen: its lock-box, and the tests of a walk-forward with a search each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np

from sweep.results.statistics.arrays import Floats
from sweep.results.statistics.bootstrap import block_length
from sweep.results.statistics.reality_check import interval
from sweep.results.statistics.sharpe import sharpe
from sweep.trial import Metrics, Params

SHORTEST = 60  # days; from fewer no interval is drawn

type Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Score:
    """A trial on days that its search has not seen."""

    trial: int  # its number in the search that found it
    metrics: Metrics = field(default_factory=dict[str, "float | int | None"])  # empty where it FAILED there
    days: tuple[str, ...] = ()  # ISO dates
    returns: tuple[float, ...] = ()  # net, of each day, a fraction
    failure: str = ""  # why there are no figures

    @property
    def gains(self) -> bool:
        """True if it made money; a failed trial did not."""
        return (self.metrics.get("pnl_total") or 0) > 0


@dataclass(frozen=True, slots=True)
class LockBox:
    """The end of a period that the search never saw, and everybody who looked."""

    days: int  # trading days by the calendar
    looks: tuple[Score, ...] = ()  # in their order; only the first one is at data that is new to the user
    is_current: bool = True  # the search has not gone on since it was opened

    def figures(self) -> Figures:
        """Number of openings, and the figures of the first one."""
        figures: Figures = {"lockbox_days": self.days, "lockbox_looks": len(self.looks)}
        if self.looks:
            first = self.looks[0].metrics
            figures |= {f"lockbox_{n}": first.get(n) for n in ("pnl_total", "return_total", "sharpe_ratio", "trades")}
        return figures


@dataclass(frozen=True, slots=True)
class WalkForwardStep:
    """One window: what its search chose on the training days, and what that came to on the test days."""

    train: Mapping[str, Any]  # start, end and count of its trading days
    test: Mapping[str, Any]
    search: str  # id of the sweep on the training days
    params: Params | None  # chosen; None where the search has chosen nothing (yet)
    before: Score | None = None  # the choice on the training days
    after: Score | None = None  # and on the test days


@dataclass(frozen=True, slots=True)
class WalkForwardResult:
    """A walk-forward with one search for each window."""

    steps: tuple[WalkForwardStep, ...]
    year: int = 252  # trading days
    currency: str = "PnL"  # of the tests' money

    @property
    def tested(self) -> list[WalkForwardStep]:
        """The windows whose choice has figures on its test days."""
        return [s for s in self.steps if s.after and s.after.metrics]

    @property
    def is_whole(self) -> bool:
        """True if each window was searched and tested."""
        return all(s.after for s in self.steps)

    @property
    def days(self) -> tuple[str, ...]:
        """The days of all tests, stitched."""
        return tuple(day for s in self.tested if s.after for day in s.after.days)

    @property
    def returns(self) -> Floats:
        """The returns of all tests, stitched; each test began with the full account, and flat."""
        return np.array([r for s in self.tested if s.after for r in s.after.returns], np.float64)

    def figures(self) -> Figures:
        """Figures of following the search of each window; ratios are annual."""
        figures: Figures = {
            "forward_windows": len(self.steps), "forward_tested": len(self.tested), "forward_days": len(self.days),
            "forward_settings": len({_setting(s.params) for s in self.steps if s.params is not None}),
            "forward_changes": self._changes(),
        }  # fmt: skip
        return figures | self._stitched() if self.tested else figures

    def _stitched(self) -> Figures:
        returns, year = self.returns, sqrt(self.year)
        profits = np.array([np.expm1(np.log1p(_returns(s.after)).sum()) for s in self.tested])
        ratio = _sharpe(returns)
        low, high = interval(returns, block_length(returns[:, None])) if returns.size >= SHORTEST else (None, None)
        total = float(profits.sum())
        return {
            "forward_return": float(np.expm1(np.log1p(returns).sum())),
            "forward_sharpe": None if ratio is None else ratio * year,
            "forward_low": None if low is None else low * year, "forward_high": None if high is None else high * year,
            "forward_drawdown": _drawdown(returns),
            "forward_profitable": float((profits > 0).mean()),
            "forward_largest_share": float(profits.max()) / total if total > 0 else None,
            "forward_efficiency": self._efficiency(), "forward_sharpe_efficiency": self._sharpe_efficiency(ratio),
        }  # fmt: skip

    def _efficiency(self) -> float | None:
        """Mean daily return of the tests over that of the trainings (Pardo 1992); None where these have no gain."""
        inside = np.concatenate([_returns(s.before) for s in self.tested])
        return float(self.returns.mean() / inside.mean()) if inside.size and inside.mean() > 0 else None

    def _sharpe_efficiency(self, ratio: float | None) -> float | None:
        """The stitched Sharpe ratio over the mean of the trainings'; None where that is not above 0."""
        ratios = [r for s in self.tested if (r := _sharpe(_returns(s.before))) is not None]
        before = float(np.mean(ratios)) if ratios else 0.0
        return ratio / before if ratio is not None and before > 0 else None

    def _changes(self) -> int:
        """Share of windows whose choice differs from the window before."""
        settings = [_setting(s.params) for s in self.steps if s.params is not None]
        return sum(a != b for a, b in pairwise(settings))

    def stability(self) -> dict[str, dict[str, Any]]:
        """For each parameter: its values by window, how many different ones, and the most frequent one's share."""
        chosen = [s.params for s in self.steps if s.params is not None]
        parameters: dict[str, dict[str, Any]] = {}
        for name in dict.fromkeys(name for params in chosen for name in params):
            values = [params.get(name) for params in chosen]
            texts = list(map(repr, values))
            most = max(texts.count(text) for text in texts)
            parameters[name] = {"values": values, "different": len(set(texts)), "same": most / len(texts)}
        return parameters


@dataclass(frozen=True, slots=True)
class OutOfSample:
    """All that is known of a sweep on data that its searches have not seen; None where the spec asks for none."""

    lockbox: LockBox | None = None
    forward: WalkForwardResult | None = None
    crossed: Figures | None = None  # figures of a cross-validation

    def figures(self) -> Figures:
        """The figures of all."""
        figures = (self.lockbox.figures() if self.lockbox else {}) | (self.forward.figures() if self.forward else {})
        return figures | (self.crossed or {})


def _setting(params: Params | None) -> str:
    return repr(sorted((params or {}).items()))


def _returns(score: Score | None) -> Floats:
    return np.array(score.returns if score else (), np.float64)


def _sharpe(returns: Sequence[float] | Floats) -> float | None:
    """Per day; None where it does not exist."""
    values = np.asarray(returns, np.float64)
    return float(sharpe(values[:, None])[0]) if values.size > 1 and np.ptp(values) > 0 else None


def _drawdown(returns: Floats) -> float:
    """The deepest fall from a peak of the compounded returns; the start is the first peak."""
    equity = np.concatenate([[1.0], np.cumprod(1 + returns)])
    return float((1 - equity / np.maximum.accumulate(equity)).max())
