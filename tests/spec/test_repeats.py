"""Representative trial of a repeated parameter set, computed by hand."""

from dataclasses import dataclass, field
from statistics import pstdev

import pytest

from sweep.spec.objectives import Goal
from sweep.spec.repeats import Repeat, settings, standing, varied
from sweep.spec.space import Choice, Space
from sweep.trial import State

MOST = Goal((("pnl_total", "maximize"),))


@dataclass(frozen=True)
class Trial:
    number: int
    params: dict
    metrics: dict = field(default_factory=dict)
    state: State | None = State.COMPLETE


def trials(*values, **params):
    """Trials of one setting; None is one that failed."""
    return [
        Trial(n, {**params, "seed": n}, {} if v is None else {"pnl_total": v, "max_drawdown": -v},
              State.FAILED if v is None else State.COMPLETE)
        for n, v in enumerate(values)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "score", "chosen"),
    [
        ((5, 1, 3), 0.5, 2),
        ((5, 1, 3), 0.0, 1),
        ((5, 1, 3), 1.0, 0),
        ((4, 2, 1, 3), 0.5, 1),  # of an even number the lower of the two in the middle
        ((9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 10), 0.1, 8),
        ((5, None, 3), 0.5, 2),  # a failure is the worst of all
        ((5, None, None), 0.5, 2),
        ((2, 2, 2), 0.5, 1),
    ],
)
def test_which_trial_stands_for_a_setting(values, score, chosen):
    assert Repeat("seed", (0, 1, 2), score).representative(trials(*values), MOST) == chosen


def test_where_less_is_better_the_worst_is_the_highest():
    least = Goal((("pnl_total", "minimize"),))
    assert Repeat("seed", (0, 1, 2), 0.0).representative(trials(5, 1, 3), least) == 0


def test_settings_are_groups_of_what_is_not_repeated():
    repeat = Repeat("seed", (0, 1, 2))
    rows = trials(5, 1, 3, tp=1) + trials(8, None, 2, tp=2) + trials(1, 1, tp=3)  # the last is not whole
    one, two = settings(rows, repeat, MOST)
    assert (one.params, one.chosen.metrics["pnl_total"]) == ({"tp": 1}, 3)
    assert (two.params, two.chosen.metrics["pnl_total"]) == ({"tp": 2}, 2)
    assert one.distribution(MOST) == {
        "pnl_total": {"median": 3, "spread": pytest.approx(pstdev([5, 1, 3])), "worst": 1},
        "max_drawdown": {"median": -3, "spread": pytest.approx(pstdev([5, 1, 3])), "worst": -1},
    }
    assert two.plain(MOST)["failed"] == 1
    assert two.plain(MOST)["metrics"]["pnl_total"] == {"median": 5, "spread": 3, "worst": 2}


def test_a_setting_that_runs_still_is_left_out():
    rows = [*trials(5, 1, tp=1), Trial(2, {"tp": 1, "seed": 2}, state=None)]
    assert settings(rows, Repeat("seed", (0, 1, 2)), MOST) == []


def test_without_repeats_every_complete_trial_counts():
    rows = trials(5, None, 3)
    assert [r.number for r in standing(rows, None, MOST)] == [0, 2]


def test_with_repeats_one_of_each_setting_counts():
    rows = trials(5, 1, 3, tp=1) + trials(None, None, 9, tp=2)
    repeat = Repeat.of({"repeat": {"over": "seed", "values": [0, 1, 2]}})
    assert [row.metrics["pnl_total"] for row in standing(rows, repeat, MOST)] == [3]


def test_the_space_with_what_is_repeated():
    space = Space((Choice("tp", (1, 2)),))
    assert varied(space, {"space": {}}) is space
    assert varied(space, {"repeat": {"over": "seed", "values": 3}}).dimensions[-1] == Choice("seed", (0, 1, 2))
