"""Chance of an objective without an edge: against plain loops, and the reason where there is none."""

from collections import defaultdict
from dataclasses import replace
from math import sqrt
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from sweep.results.statistics.bootstrap import indices
from sweep.results.statistics.objective import chance
from sweep.results.statistics.objective.chance import (
    PATH_CELLS,
    needs_positions,
    objection,
    objective_chance,
    own_values,
    samples_of,
)
from sweep.results.statistics.objective.drawn_figures import PATHS
from sweep.results.statistics.reality_check import luck
from sweep.results.statistics.trial_panel import ClosedPositions, Panel
from tests.results.statistics.markets import panel


def noise(seed: int, days: int = 400, trials: int = 20) -> Any:
    """Trials that have half of their returns in common."""
    random = np.random.default_rng(seed)
    return (random.standard_normal((days, trials)) + random.standard_normal((days, 1))) / 100


def of_days(returns: Any, best: int, objective: str, **more: Any) -> Panel:
    """A sweep of these returns with this best trial."""
    fields = {"is_maximized": "drawdown" not in objective, "chosen_by": objective, "best": best, **more}
    return panel(days=len(returns), shape=returns.shape[1:], returns=returns, **fields)


def of_trades(objective: str, best: int = 1, days: int = 80, edge: float = 0.0, **more: Any) -> Panel:
    """A sweep of four trials with 160, 80, 40 and 20 closed positions on random days; the edge is that of the best."""
    random, counts = np.random.default_rng(0), (160, 80, 40, 20)
    trials = np.repeat(np.arange(4), counts)
    pnls = random.standard_normal(trials.size) * 10 + edge * (trials == best)
    closed = ClosedPositions(trials, random.integers(0, days, trials.size), pnls)
    fields = {"trades": np.array(counts, float), "equity": np.full(4, 1e4), "positions": closed, **more}
    return of_days(closed.sums(pnls, days, 4) / 1e4, best, objective, **fields)


def test_the_chance_of_a_total_of_one_trial_is_that_of_its_sharpe_ratio():
    # Divided by the same deviation in each sample, the mean and the ratio have the same order.
    returns = noise(3, trials=1) + 0.001
    assert objective_chance(of_days(returns, 0, "return_total"), 3.0) == luck(returns, block=3.0).p_values[0]


def test_a_total_is_judged_among_trials_of_all_sizes():
    # Ten times the position has ten times the chance result: the small trial's total is nothing beside it.
    returns = noise(3, trials=2) + np.array([0.002, 0.0])
    alone = objective_chance(of_days(returns[:, :1], 0, "pnl_total"), 1.0)
    among = objective_chance(of_days(returns * np.array([1, 10]), 0, "pnl_total"), 1.0)
    assert alone is not None
    assert among is not None
    assert alone < 0.05 < among


def test_the_chance_of_a_sortino_ratio_is_that_of_a_plain_loop():
    returns, reached = noise(4, days=80, trials=3) + 0.002, 0
    centred = returns - returns.mean(axis=0)

    def sortino(values: Any) -> float:
        return values.mean() / np.sqrt((np.minimum(values, 0) ** 2).mean())

    for days in indices(80, 200, 2.0):
        reached += max(sortino(centred[days, n]) for n in range(3)) >= sortino(returns[:, 1])
    assert objective_chance(of_days(returns, 1, "sortino_ratio"), 2.0, samples=200) == (1 + reached) / 201


@pytest.mark.parametrize("objective", ["sortino_ratio", "recovery_factor", "sqn + kelly_fraction"])
def test_chunks_do_not_change_the_chance_of_an_objective(monkeypatch: pytest.MonkeyPatch, objective: str):
    it = of_trades(objective)
    whole = objective_chance(it, 2.0, samples=50)
    monkeypatch.setattr("sweep.results.statistics.arrays.CELLS", 200)  # two trials at a time
    assert objective_chance(it, 2.0, samples=50) == whole


def test_the_chance_of_a_path_is_that_of_a_plain_loop():
    returns, block, samples = noise(3, 80, 4), 3.0, 50
    centred, reached = returns - returns.mean(axis=0), 0

    def recovery(values: Any) -> float:
        equity, peak, fall = 1.0, 1.0, 0.0
        for value in values:
            equity *= 1 + value
            peak = max(peak, equity)
            fall = max(fall, 1 - equity / peak)
        return (equity - 1) / fall

    for days in indices(80, samples, block, 0):
        reached += max(recovery(centred[days, n]) for n in range(4)) >= recovery(returns[:, 2])
    it = of_days(returns, 2, "recovery_factor")
    assert objective_chance(it, block, samples=samples) == (1 + reached) / (1 + samples)


def test_an_edge_shows_in_the_path_and_a_trial_that_never_trades_has_none():
    returns = noise(4, 300, 6)
    for objective in PATHS:
        assert (objective_chance(of_days(returns, 1, objective), 2.0, samples=200) or 0) > 0.05
    returns[:, 1] += 0.006
    for objective in PATHS:
        assert (objective_chance(of_days(returns, 1, objective), 2.0, samples=200) or 1) < 0.05
    returns[:, 0] = 0.0
    assert objective_chance(of_days(returns, 0, "max_drawdown"), 2.0, samples=200) == 1.0


def quality(pnls: list[float]) -> float:
    return fmean(pnls) / stdev(pnls) * sqrt(min(len(pnls), 100))


def factor(pnls: list[float]) -> float:
    return sum(x for x in pnls if x > 0) / -sum(x for x in pnls if x < 0)


def kelly(pnls: list[float]) -> float:
    wins, losses = [x for x in pnls if x > 0], [x for x in pnls if x < 0]
    rate, payoff = len(wins) / len(pnls), fmean(wins) / -fmean(losses)
    return rate - (1 - rate) / payoff


@pytest.mark.parametrize(
    ("objective", "value"),
    [
        ("sqn", quality),
        ("profit_factor", factor),
        ("expectancy", fmean),
        ("average_trade", fmean),
        ("kelly_fraction", kelly),
        ("sqn + expectancy / 10 - 0.001 * trades", lambda p: quality(p) + fmean(p) / 10 - 0.001 * len(p)),
    ],
)
@pytest.mark.parametrize("edge", [0.0, 2.0])
def test_the_chance_of_a_figure_of_trades_is_that_of_a_plain_loop(objective: str, value: Any, edge: float):
    it, samples = of_trades(objective, edge=edge), 60
    assert it.positions is not None
    own, by_day = defaultdict[int, list[float]](list), defaultdict[tuple[int, int], list[float]](list)
    for trial, day, pnl in zip(it.positions.trials, it.positions.days, it.positions.pnls, strict=True):
        own[int(trial)].append(float(pnl))
        by_day[int(trial), int(day)].append(float(pnl))
    observed, reached = value(own[1]), 0
    means = [fmean(own[trial]) for trial in range(3)]  # the last one closed 20 positions
    for days in indices(80, samples, 2.0).tolist():
        drawn = [value([pnl - mean for day in days for pnl in by_day[n, day]]) for n, mean in enumerate(means)]
        reached += max(drawn) >= observed
    assert objective_chance(it, 2.0, samples=samples) == (1 + reached) / (1 + samples)


def test_trials_that_cannot_be_the_best_take_no_part():
    it = of_trades("expectancy", edge=2.5)
    others = np.array([False, True, False, True])
    alone = objective_chance(replace(it, is_eligible=others), 1.0)
    among = objective_chance(it, 1.0)
    assert alone is not None
    assert among is not None
    assert alone < among, "the trial of 40 positions has the less certain mean"
    wild = replace(it, trades=np.array([160.0, 80, 40, 40]))
    assert (objective_chance(wild, 1.0) or 0) > among, "so does that of 20, if it could be the best"


def test_the_values_of_a_panel_are_those_of_its_trials():
    it = of_trades("expectancy - 2 * max_drawdown")
    assert it.positions is not None
    means = [it.positions.pnls[it.positions.trials == n].mean() for n in range(4)]
    assert own_values(it) + 2 * own_values(replace(it, chosen_by="max_drawdown")) == pytest.approx(np.array(means))
    assert own_values(it, np.array([2, 0])).tolist() == own_values(it)[[2, 0]].tolist()


def test_a_formula_without_a_value_by_the_ends_of_days_has_no_chance():
    returns = noise(1, 80, 2)
    returns[:, 0] = 0.01  # rises each day: no drawdown at the ends of days
    assert objective_chance(of_days(returns, 0, "return_total / max_drawdown"), 1.0, samples=20) is None


@pytest.mark.parametrize(
    ("objective", "more", "words"),
    [
        ("sharpe_ratio", {}, "rests on it"),
        ("sqn", {}, ""),
        ("expectancy * min(trades, 100)", {}, ""),
        ("sharpe_ratio - 2 * max_drawdown", {}, ""),
        ("sqn - 10 * max_drawdown", {}, "figures of trades and of daily returns in one formula"),
        ("sqn + sharpe_ratio", {}, "figures of trades and of daily returns in one formula"),
        ("sharpe_ratio * (trades >= 30)", {}, ""),
        ("sqn", {"positions": None}, "an earlier version recorded"),
        ("sqn", {"best": 3}, "the best closed 20 positions, and fewer than 30 say nothing of sqn"),
        ("sqn", {"is_maximized": False}, "in the direction that an edge does not go"),
        ("max_drawdown", {"is_maximized": True}, "in the direction that an edge does not go"),
        ("win_rate", {}, "win_rate without an edge depends on how far stops and targets are"),
        ("payoff_ratio", {}, "payoff_ratio without an edge depends on"),
        ("sqn * win_rate", {}, "win_rate in its formula cannot be drawn again"),
        ("trades", {}, "trades cannot be drawn again"),
        ("2 * trades", {}, "trades in its formula cannot be drawn again"),
        ("fees", {"is_maximized": False}, "fees cannot be drawn again"),
        ("sqn if trades > 50 else 0", {}, "its formula is more than arithmetic"),
        ("my_metric", {}, "my_metric cannot be drawn again"),
    ],
)
def test_the_reason_why_an_objective_is_not_judged(objective: str, more: dict[str, Any], words: str):
    reason = objection(of_trades(objective, **more))
    assert words in reason
    assert bool(words) == bool(reason)


def test_fewer_than_sixty_days_say_nothing():
    assert "fewer than 60 days" in objection(of_trades("sqn", days=59))
    assert objection(of_trades("sqn", days=60)) == ""


def test_positions_are_read_for_objectives_that_they_decide():
    expected = {
        "sqn": True,
        "sqn + expectancy": True,
        "sqn + sharpe_ratio": False,
        "trades": False,
        "win_rate": False,
        "sharpe_ratio": False,
    }
    assert {name: needs_positions(name) for name in expected} == expected


def test_so_many_samples_as_take_some_seconds(monkeypatch: pytest.MonkeyPatch):
    path, trades = of_trades("calmar_ratio"), of_trades("sqn")
    assert (samples_of(path), samples_of(trades)) == (500, 1_000)
    monkeypatch.setattr(chance, "PATH_CELLS", 250 * 80 * 4)
    monkeypatch.setattr(chance, "CELLS", 199 * 80 * 4)
    assert (samples_of(path), samples_of(trades)) == (250, 0)
    assert PATH_CELLS < 200 * 2_500 * 10_000, "10,000 trials of ten years take too long"
    assert "the equity of so many trials and days is not drawn again" in objection(trades)
