"""A ledger as arrays."""

from pathlib import Path

import numpy as np
import pytest

from sweep.ledger.ledger import Ledger
from sweep.results.panel_reader import read
from sweep.results.statistics.verdict import judge
from sweep.trial import Result, State
from tests.results.ledgers import DAYS, written


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(written(tmp_path / "made-00000000").ledger) as ledger:
        yield ledger


def test_complete_trials_in_columns_all_trials_counted(ledger):
    panel = read(ledger, {}, 4)
    assert panel.numbers.tolist() == [0, 1, 3, 4, 5]  # 2 failed
    assert panel.searched == 6
    assert panel.best == 3
    assert panel.days == DAYS
    days, values, _ = ledger.series(4)
    assert panel.returns[:, 3].tolist() == pytest.approx(values, rel=1e-6)
    assert days == DAYS
    assert panel.objective.tolist() == [r.metrics["pnl_total"] for r in ledger.rows(state=State.COMPLETE)]
    assert panel.places.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]]


def test_a_day_without_a_return_is_zero(ledger):
    panel = read(ledger, {}, None)
    assert ledger.series(5)[0] == DAYS[:-1]
    assert panel.returns[-1, 4] == 0
    assert panel.best is None


def test_the_year_is_that_of_the_trials_own_ratio(ledger, tmp_path):
    assert read(ledger, {}, 4).year == 252
    with Ledger.open(written(tmp_path / "crypto-00000000", year=365).ledger) as other:
        assert read(other, {}, 4).year == 365


def short(path, starts):
    """A ledger of two trials of two days, read at these starts."""
    facts = {"objective": {"metric": "pnl_total", "direction": "maximize"}}
    with Ledger.create(path, facts) as ledger:
        for n, its in enumerate(starts):
            returns = tuple(0.01 * (n + i) for i in range(len(its)))
            result = Result(
                State.COMPLETE, {"pnl_total": 1.0}, days=DAYS[:2], returns=(0.1, 0.2), steps=its, step_returns=returns
            )
            ledger.record([(ledger.begin(str(n), {"a": n}), result)])
        return read(ledger, {}, 0)


def test_parts_of_the_days_where_all_trials_have_the_same(tmp_path):
    four = tuple(f"2026-05-0{day}T{time}:00Z" for day in (4, 5) for time in ("13:45", "14:00"))
    panel = short(tmp_path / "same.sqlite", [four, four])
    assert (panel.part, panel.parts.T.tolist()) == (
        15, [pytest.approx([0, 0.01, 0.02, 0.03]), pytest.approx([0.01, 0.02, 0.03, 0.04])],
    )  # fmt: skip
    assert panel.days == DAYS[:2]  # the calendar of days knows no parts
    assert short(tmp_path / "other.sqlite", [four, four[:3]]).parts is None
    assert short(tmp_path / "none.sqlite", [four, ()]).parts is None


def test_less_is_better_where_the_spec_says_so(tmp_path):
    with Ledger.open(written(tmp_path / "low-00000000", direction="minimize").ledger) as ledger:
        panel = read(ledger, {}, None)
        assert np.array_equal(panel.objective, [-r.metrics["pnl_total"] for r in ledger.rows(state=State.COMPLETE)])


@pytest.mark.parametrize(
    ("search", "is_grid", "is_adaptive"),
    [
        ({}, True, False),
        ({"method": "grid"}, True, False),
        ({"method": "optuna"}, False, True),
        ({"method": "optuna", "sampler": "cmaes", "startup_trials": 7}, False, True),
        ({"method": "optuna", "sampler": "random"}, False, False),
        ({"method": "optuna", "sampler": "qmc"}, False, False),
    ],
)
def test_how_trials_were_chosen(ledger, search, is_grid, is_adaptive):
    panel = read(ledger, search, None)
    assert (panel.is_grid, panel.is_adaptive) == (is_grid, is_adaptive)
    assert panel.startup == search.get("startup_trials", 10)
    assert panel.places.max() <= (2 if is_grid else 1)


def test_closed_positions_of_the_best_as_shares_of_the_start(tmp_path):
    facts = {"objective": {"metric": "pnl_total", "direction": "maximize"}}
    with Ledger.create(tmp_path / "ledger.sqlite", facts) as ledger:
        for n, stats in enumerate(({"closed": [10.0, -5.0], "starting_equity": 1000.0}, {"closed": []})):
            result = Result(State.COMPLETE, {"pnl_total": 1.0}, days=DAYS[:1], returns=(0.1,), stats=stats)
            ledger.record([(ledger.begin(str(n), {"a": n}), result)])
        assert read(ledger, {}, 0).closed.tolist() == [0.01, -0.005]
        assert read(ledger, {}, 1).closed is None


@pytest.mark.parametrize(("orders", "best"), [((0, 0), None), ((0, 2), 0)])
def test_trials_of_which_none_sent_an_order_have_no_best(tmp_path, orders, best):
    facts = {"objective": {"metric": "pnl_total", "direction": "maximize"}}
    with Ledger.create(tmp_path / "ledger.sqlite", facts) as ledger:
        for n, count in enumerate(orders):
            result = Result(State.COMPLETE, {"pnl_total": 0.0, "orders": count}, days=DAYS[:2], returns=(0.0, 0.0))
            ledger.record([(ledger.begin(str(n), {"a": n}), result)])
        panel = read(ledger, {}, 0)
    assert panel.best == best
    sentence = "Inconclusive: no trial sent an order (2 of 2 trials are complete)."
    assert (judge(panel).sentence == sentence) == (best is None)


def traded(path: Path, trials: list[tuple[dict[str, float], tuple[str, ...], dict[str, list[float]]]], **facts: object):
    """The panel of trials with these metrics, days and statistics, by `sqn`."""
    with Ledger.create(path, {"objective": {"metric": "sqn", "direction": "maximize"}} | facts) as ledger:
        for n, (metrics, days, stats) in enumerate(trials):
            returns = (0.1,) * len(days)
            result = Result(State.COMPLETE, {"sqn": 1.0, **metrics}, days=days, returns=returns, stats=stats)
            ledger.record([(ledger.begin(str(n), {"a": n}), result)])
        return read(ledger, {}, 0)


def test_closed_positions_of_all_trials_on_the_days_of_the_sweep(tmp_path):
    panel = traded(tmp_path / "ledger.sqlite", [
        ({}, DAYS[:2], {"closed": [10.0, -5.0, 2.5], "closed_days": [1, 0, 1]}),
        ({}, DAYS[:2], {"closed": [], "closed_days": []}),
        ({}, DAYS[1:4], {"closed": [7.0], "closed_days": [2]}),
    ])  # fmt: skip
    closed = panel.positions
    assert closed is not None
    assert (closed.trials.tolist(), closed.days.tolist()) == ([0, 0, 0, 2], [1, 0, 1, 3])
    assert closed.pnls.tolist() == [10, -5, 2.5, 7]


@pytest.mark.parametrize(
    "stats",
    [
        {"closed": [1.0]},  # of an earlier version
        {"closed": [1.0, 2.0], "closed_days": [0]},  # written by others
        {"closed": [1.0], "closed_days": [2]},
    ],
)
def test_positions_of_which_some_days_are_not_recorded_are_none(tmp_path, stats):
    whole = ({}, DAYS[:2], {"closed": [1.0], "closed_days": [1]})
    assert traded(tmp_path / "whole.sqlite", [whole, whole]).positions is not None
    assert traded(tmp_path / "part.sqlite", [whole, ({}, DAYS[:2], stats)]).positions is None


def test_positions_are_not_read_for_an_objective_that_others_decide(tmp_path):
    objective = {"metric": "win_rate", "direction": "maximize"}
    whole = ({}, DAYS[:2], {"closed": [1.0], "closed_days": [1]})
    assert traded(tmp_path / "ledger.sqlite", [whole], objective=objective).positions is None


def test_equity_at_the_start_by_pnl_and_return(tmp_path):
    money = [(50.0, 0.05), (-20.0, -0.01), (0.0, 0.0)]
    trials = [({"pnl_total": pnl, "return_total": share}, DAYS[:1], {}) for pnl, share in money]
    assert traded(tmp_path / "ledger.sqlite", trials).equity.tolist() == pytest.approx([1000, 2000, 1500])
    assert traded(tmp_path / "none.sqlite", [({}, DAYS[:1], {})]).equity.tolist() == [1]


def test_trials_take_part_that_keep_the_bounds_on_how_much_they_trade(tmp_path):
    trials = [
        ({"trades": trades, "max_drawdown": fall}, DAYS[:1], {})
        for trades, fall in ((40, 0.1), (29, 0.1), (30, 0.9))
    ]  # fmt: skip
    bounds = ["trades >= 30", "max_drawdown <= 0.5"]
    panel = traded(tmp_path / "ledger.sqlite", trials, metric_constraints=bounds)
    assert panel.is_eligible.tolist() == [True, False, True], "a deep drawdown may be bad luck"
