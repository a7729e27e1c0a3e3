"""A ledger as arrays."""

from pathlib import Path

import numpy as np
import pytest

from sweep.ledger import Ledger
from sweep.report.panel import read
from sweep.trial import State
from tests.report.ledgers import DAYS, written


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(written(tmp_path / "made-00000000").ledger) as ledger:
        yield ledger


def test_complete_trials_in_columns_all_trials_counted(ledger):
    panel = read(ledger, {}, 4)
    assert panel.numbers.tolist() == [0, 1, 3, 4, 5]  # 2 failed
    assert panel.asked == 6
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
