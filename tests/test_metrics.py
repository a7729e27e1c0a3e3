"""Shipped metrics against figures worked out by hand.

One day of 100 s of data, equity 1000 at the start. A long of 5 at 100, opened at 10 s for 30 s, earns 20; a short of 2
at 50, opened at 30 s for 30 s, loses 8.
"""

from dataclasses import dataclass, replace

import pytest

import sweep
from sweep import metrics
from sweep.backtest.records import BacktestRecord, Day, Fill, Position
from sweep.errors import InputError
from sweep.results.report import Report
from tests.support import sweeps
from tests.support.commands import invoke, of
from tests.support.pages import unpacked

S = 1_000_000_000


@dataclass
class Score:
    ts_event: int
    composite_score: float
    instrument_id: str = "A.X"


def fill(at: int, side: str, quantity: float, price: float, position: str, name: str = "A.X") -> Fill:
    value = quantity * price
    return Fill(at * S, name, side, quantity, price, value, 1.0, "USD", "TAKER", "MARKET", "O", "T", position)


def position(start: int, end: int | None, pnl: float, name: str = "A.X") -> Position:
    closed = None if end is None else end * S
    return Position(start * S, closed, start * S - 1, name, "LONG", 1.0, 1.0, None, pnl, 2.0, "O", "O", "P")


FILLS = (
    fill(10, "BUY", 5, 100.0, "1"),
    fill(30, "SELL", 2, 50.0, "2"),
    fill(40, "SELL", 5, 104.4, "1"),
    fill(60, "BUY", 2, 53.0, "2"),
)
POSITIONS = (position(10, 40, 20.0), position(30, 60, -8.0))
DAYS = (Day("2026-05-04", 0, 100 * S, 1012.0, 12.0, 0.012),)
TRIAL = BacktestRecord(
    "USD", 1000.0, DAYS, (), FILLS, POSITIONS, (), {"pnl_total": 12.0, "fees": 4.0}, {},
    mids=lambda: [99.9, None, 104.5, 52.9],
    events=lambda name: {"Score": [Score(5 * S, 80.0), Score(25 * S, 40.0)]}.get(name, []),
)  # fmt: skip


def test_time_in_market_counts_overlapping_positions_once():
    assert metrics.time_in_market(TRIAL) == pytest.approx(0.5)  # 10 to 60 s of 100 s
    still_open = replace(TRIAL, positions=(position(80, None, 1.0),))
    assert metrics.time_in_market(still_open) == pytest.approx(0.2)
    assert metrics.time_in_market(replace(TRIAL, days=())) is None


def test_the_night_is_no_trading_time():
    days = (Day("2026-05-04", 0, 100 * S, 0.0, 0.0, 0.0), Day("2026-05-05", 1000 * S, 1100 * S, 0.0, 0.0, 0.0))
    held = replace(TRIAL, days=days, positions=(position(50, 1050, 1.0),))
    assert metrics.time_in_market(held) == pytest.approx(0.5)  # 50 s of each of the two days


def test_exposure_is_what_is_held_over_time():
    # 500 for 10..40 s, 100 for 30..60 s: (500 * 30 + 100 * 30) / 100 s / 1000
    assert metrics.exposure(TRIAL) == pytest.approx(0.18)
    assert metrics.exposure(replace(TRIAL, fills=())) == 0.0


def test_turnover_is_what_was_traded():
    assert metrics.turnover(TRIAL) == pytest.approx((500 + 100 + 522 + 106) / 1000)


def test_slippage_is_signed_and_weighted_by_worth():
    # bought 0.1 above 99.9, sold 0.1 below 104.5, bought 0.1 above 52.9; the fill without a mid does not count
    by_hand = (0.1 / 99.9 * 500 + 0.1 / 104.5 * 522 + 0.1 / 52.9 * 106) / (500 + 522 + 106)
    assert metrics.slippage(TRIAL) == pytest.approx(1e4 * by_hand)
    resting = replace(TRIAL, fills=FILLS[:1], mids=lambda: [100.1])
    assert metrics.slippage(resting) == pytest.approx(-1e4 * 0.1 / 100.1)
    assert metrics.slippage(replace(TRIAL, fills=(), mids=list)) is None


def test_without_the_best_day():
    days = (*DAYS, Day("2026-05-05", 0, 1, 1005.0, -7.0, 0.0), Day("2026-05-06", 0, 1, 1035.0, 30.0, 0.0))
    assert metrics.pnl_without_best_day(replace(TRIAL, days=days)) == pytest.approx(5.0)  # 12 - 7
    assert metrics.pnl_without_best_day(replace(TRIAL, days=())) is None


def test_with_costs_doubled():
    assert metrics.pnl_double_costs(TRIAL) == pytest.approx(8.0)  # 12 - 4
    spread = 0.1 / 99.9 * 500 + 0.1 / 104.5 * 522 + 0.1 / 52.9 * 106
    assert metrics.pnl_double_costs(TRIAL, spread=True) == pytest.approx(8.0 - spread)


def test_brier_score_of_two_forecasts():
    # the long won with a score of 80 %, the short lost with 40 %: (0.04 + 0.16) / 2
    assert metrics.brier_score(TRIAL, "Score", "composite_score", 100) == pytest.approx(0.1)
    assert metrics.brier_score(TRIAL, "Unknown", "composite_score", 100) is None


def test_a_score_after_the_decision_is_not_known_and_an_open_position_has_no_outcome():
    late = replace(TRIAL, events=lambda _: [Score(10 * S, 80.0)])  # the order was made a nanosecond earlier
    assert metrics.scored(late, "Score", "composite_score") == [(80.0, False)]
    assert metrics.scored(replace(TRIAL, positions=(position(10, None, 1.0),)), "Score", "composite_score") == []


def test_scores_of_the_same_instrument_come_first():
    events = [Score(5 * S, 80.0), Score(6 * S, 10.0, "B.X")]
    own = replace(TRIAL, positions=POSITIONS[:1], events=lambda _: events)
    assert metrics.scored(own, "Score", "composite_score") == [(80.0, True)]
    option = replace(own, positions=(position(10, 40, 1.0, "OPTION.X"),))
    assert metrics.scored(option, "Score", "composite_score") == [(10.0, True)]


@pytest.mark.parametrize(
    ("scores", "won", "area"),
    [
        ([1, 2, 3, 4], [False, False, True, True], 1.0),
        ([4, 3, 2, 1], [False, False, True, True], 0.0),
        ([1, 1, 1, 1], [False, True, False, True], 0.5),
        ([1, 2, 2, 3], [False, False, True, True], 0.875),  # of 4 pairs 3 in order and one tied
        ([1, 2], [True, True], None),
    ],
)
def test_auc_counts_pairs(scores, won, area):
    events = [Score((10 * n + 5) * S, float(s)) for n, s in enumerate(scores)]
    positions = [position(10 * n + 8, 10 * n + 9, 1.0 if w else -1.0) for n, w in enumerate(won)]
    trial = replace(TRIAL, positions=positions, events=lambda _: events)
    assert metrics.auc(trial, "Score", "composite_score") == area


OWN = {"mean_fills": {"path": "tests.support.metrics:fills_per_day"}, "busy": "sweep.metrics:time_in_market"}


def planned(place, **more):
    space = {"strategy.orders": [[[1, 100], [9, -100]], [[1, 100], [5, -50], [9, -50]]]}
    spec = sweeps.spec(sweeps.catalog(place / "catalog", minutes=2), space, strategy=sweeps.TRADED, **more)
    return sweep.load(sweeps.write(place / "spec.yaml", spec))


def ran(place, **more) -> Report:
    return sweep.run(planned(place, **more), runs_dir=place / "runs", executor="inline", tracking=False)


def test_a_sweep_is_led_by_a_metric_of_its_own(tmp_path):
    report = ran(tmp_path, metrics=OWN, objective={"metric": "mean_fills", "direction": "maximize"})
    assert report.best().metrics["mean_fills"] == 3 / 2  # three fills on the first of two days
    assert list(report.frame()["metrics.mean_fills"]) == [1.0, 1.5]
    process = invoke("show", report.id, "--sort", "busy", *of(report))
    assert "mean_fills" in process.stdout
    assert "busy" in process.stdout
    assert "<th>busy" in report._repr_html_()
    assert '"busy"' in unpacked(report.write_html())
    assert sweep.replay(report, 0).identical
    read_back = sweep.load(report.folder.spec)
    assert read_back.id == report.id
    assert read_back.base["metrics"][0]["name"] == "mean_fills"


def test_a_pruner_judges_by_it(tmp_path):
    pruner = {"type": "threshold", "rungs": [0.5], "lower": 2.5}
    report = ran(
        tmp_path, metrics=["tests.support.metrics:fills_per_day"],
        objective={"metric": "fills_per_day", "direction": "maximize"},
        search={"space": {"strategy.orders": [[[1, 100], [9, -100]], [[1, 9], [2, -9], [3, 9]]]}, "pruner": pruner},
    )  # fmt: skip
    assert report.count() == {"COMPLETE": 1, "PRUNED": 1}  # two and three fills on the first day


def test_they_are_part_of_the_key_and_cost_nothing_when_unused(tmp_path):
    without, empty, with_them = (
        planned(tmp_path),
        planned(tmp_path / "a", metrics=[]),
        planned(tmp_path / "b", metrics=OWN),
    )
    assert "metrics" not in without.base
    assert "metrics" not in without.facts()["backtest"]
    assert "tests.support.metrics" not in without.sources
    assert {"tests.support.metrics", "sweep.metrics"} <= set(with_them.sources)
    assert without.id == empty.id != with_them.id


def test_names_that_are_taken_or_unknown_are_refused(tmp_path):
    with pytest.raises(InputError) as wrong:
        planned(
            tmp_path, metrics={"fees": "tests.support.metrics:twice_the_fees", "own": "sweep.metrics:exposuer"},
            objective={"metric": "owm", "direction": "maximize"},
        )  # fmt: skip
    messages = {p.where: str(p) for p in wrong.value.problems}
    assert "is the name of another metric" in messages["metrics.0.name"]
    assert "did you mean 'exposure'" in messages["metrics.1.path"]
    assert "did you mean 'own'" in messages["objective.metric"]
