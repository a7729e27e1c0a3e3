"""A backtest that is judged on the way: the same as one that is not, or cut off cleanly at the end of a day."""

from dataclasses import replace
from random import Random

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.pruners import WilcoxonPruner

from sweep.backtest.engine.backtest_run import run
from sweep.backtest.engine.pruning_checks import RungSchedule, is_worse
from sweep.errors import TrialError
from sweep.spec.rungs import day_of
from sweep.trial import Rung, State
from tests.support import markets
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import strategy, trial

DAYS = ("2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07", "2026-05-08")
T0 = ns("2026-05-04T13:30:00")
ORDERS = [[1, 10], [4, -10], [101, 10], [107, -10], [201, 5], [305, 5], [402, -10]]  # nth quote, shares
CUT = Rung(0.4, "pnl_total", lower=1e9)


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """A hundred quotes a day from Monday to Friday, rising by a cent a second."""
    stock = markets.equity()
    rows = [
        (T0 + day * DAY + n * SECOND, 100 + day + n / 100, 100.01 + day + n / 100)
        for day in range(5)
        for n in range(100)
    ]
    return markets.write(tmp_path_factory.mktemp("week"), [stock], quotes=markets.quotes(stock, rows))


def backtest(week, end: str = "2026-05-09", orders=ORDERS):
    return trial(week, strategy(orders=orders)) | {
        "period": {"start": "2026-05-04T00:00:00Z", "end": f"{end}T00:00:00Z"}
    }


@given(days=st.integers(1, 400), at=st.integers(1, 99))
def test_a_share_is_reached_at_the_first_day_that_holds_it(days: int, at: int):
    day = day_of(at / 100, days)
    assert 1 <= day <= days
    assert day * 100 >= at * days
    assert day == 1 or (day - 1) * 100 < at * days


def test_a_rung_at_the_last_day_is_never_reached():
    ladder = RungSchedule([Rung(0.5, "x", lower=5.0), Rung(0.9, "x"), Rung(7, "x")], days=4)
    assert not ladder.is_due(1)
    assert ladder.is_due(2)
    assert not ladder.judge(2, {"x": 4.0}, ())
    assert not RungSchedule([Rung(0.9, "x"), Rung(7, "x")], days=4).is_due(4)


@pytest.mark.parametrize(("value", "goes_on"), [(4.9, False), (5.0, True), (7.0, True), (7.1, False), (None, True)])
def test_a_value_at_a_bound_goes_on_and_one_that_does_not_exist_too(value, goes_on):
    ladder = RungSchedule([Rung(1, "x", lower=5.0, upper=7.0)], days=2)
    assert ladder.judge(1, {"x": value}, ()) is goes_on
    assert ladder.values == [value]


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("seed", range(30))
def test_days_are_paired_as_optunas_wilcoxon_pruner_does(seed: int):
    """The oracle is given the rival's days up to the rung, as the trial is."""
    random = Random(seed)
    level, count = random.choice([0.05, 0.1, 0.3]), random.randint(2, 60)
    rival = [random.choice([0.0, random.gauss(0.001, 0.01)]) for _ in range(count)]
    own = [random.choice([day, day - random.random() / 100, random.gauss(0, 0.01)]) for day in rival]
    study = optuna.create_study(direction="maximize", pruner=WilcoxonPruner(p_threshold=level, n_startup_steps=2))
    steps = dict(enumerate(rival))
    study.add_trial(optuna.create_trial(value=1.0, intermediate_values=steps))  # type: ignore[arg-type]
    trial = study.ask()
    for step, day in enumerate(own):
        trial.report(day, step)
    assert is_worse(own, rival, level) == trial.should_prune()


def test_a_rival_by_hand():
    """Five days, each worse: 1 of the 32 ways to draw signs is as bad, 0.03125."""
    own, rival = [0.0, 0.01, 0.02, -0.01, 0.0], [0.01, 0.03, 0.05, 0.03, 0.05]
    assert is_worse(own, rival, 0.0313)
    assert not is_worse(own, rival, 0.0312)
    assert not is_worse(rival, own, 0.99)
    assert not is_worse(own, own, 0.99)


def test_a_rival_is_met_with_all_days_until_the_rung(week):
    """Each rung brings the days since the one before."""
    whole = run(backtest(week))
    better = [day + 0.01 + n / 1000 for n, day in enumerate(whole.returns)]
    half, most = Rung(0.4, "pnl_total", p=0.2, against=tuple(better[:2])), Rung(0.8, "pnl_total", p=0.07)
    pruned = run(backtest(week), [half, replace(most, against=tuple(better[2:4]))])
    assert (pruned.state, len(pruned.rungs), pruned.days) == (
        State.PRUNED,
        2,
        DAYS[:4],
    )  # 1 of 4 at two days, 1 of 16 at four
    assert pruned.returns == whole.returns[:4]
    worse = [day - 0.01 for day in whole.returns]
    passed = run(backtest(week), [replace(half, against=tuple(worse[:2])), replace(most, against=tuple(worse[2:4]))])
    assert replace(passed, timing={}, rungs=()) == replace(whole, timing={})


def test_a_metric_at_a_rung_writes_into_no_trial_and_is_named_if_it_fails_there(week):
    def judged(*names: str):
        own = [{"name": name, "path": f"tests.support.metrics:{name}", "config": {}} for name in names]
        return run(backtest(week) | {"metrics": own}, [Rung(0.4, "pnl_total", lower=-1e9)])

    plain, dug = judged(), judged("overwriting", "digging")
    assert len(plain.rungs) == 1
    own = {"overwriting": 0.0, "digging": 1.0}
    assert dug.metrics == plain.metrics | own
    assert replace(dug, timing={}, metrics=plain.metrics, stats=plain.stats) == replace(plain, timing={})
    with pytest.raises(TrialError, match="metric failing raised ZeroDivisionError: no trades"):
        judged("failing")


def test_rungs_that_are_passed_change_no_bit(week):
    plain = run(backtest(week))
    judged = run(backtest(week), [Rung(at, m, lower=-1e9) for at, m in ((0.2, "pnl_total"), (0.5, "sharpe_ratio"))])
    assert len(judged.rungs) == 2
    assert judged.state is State.COMPLETE
    assert replace(judged, timing={}, rungs=()) == replace(plain, timing={})
    assert plain.metrics["fills"] == len(ORDERS)


@pytest.mark.parametrize("rows", [7, 100, 10**9])
def test_a_pruned_one_has_the_figures_of_its_days(week, rows):
    pruned, whole = run(backtest(week), [Rung(0.2, "pnl_total"), CUT], rows=rows), run(backtest(week))
    assert pruned.state is State.PRUNED
    assert pruned.days == DAYS[:2]
    assert pruned.returns == whole.returns[:2]
    assert (
        pruned.rungs[-1]
        == pruned.metrics["pnl_total"]
        == pytest.approx(100_000 * ((1 + whole.returns[0]) * (1 + whole.returns[1]) - 1), abs=1e-6)
    )
    assert pruned.metrics["fills"] == 4


def test_an_open_position_is_marked_to_market_at_the_rung(week):
    orders = [[1, 10]]
    pruned = run(backtest(week, orders=orders), [CUT])
    two_days = run(backtest(week, "2026-05-06", orders))
    for name in ("pnl_total", "pnl_unrealized", "positions_open", "max_drawdown", "fees"):
        assert pruned.metrics[name] == two_days.metrics[name]
    assert pruned.metrics["pnl_unrealized"] > 0


def test_days_count_as_shares_do(week):
    one, other = run(backtest(week), [replace(CUT, at=2)]), run(backtest(week), [CUT])
    assert replace(one, timing={}) == replace(other, timing={})


def test_an_engine_follows_a_pruned_one_unharmed(week):
    before = run(backtest(week))
    run(backtest(week), [CUT])
    assert replace(run(backtest(week)), timing={}) == replace(before, timing={})
