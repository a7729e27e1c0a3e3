"""The formulas, against numbers worked out by hand."""

import numpy as np
import pytest

from sweep.backtest.metrics import equity_path
from sweep.backtest.metrics.equity_path import EquityPath


def path(*points):
    minutes, equity = zip(*points, strict=True)
    return EquityPath(np.array(minutes), np.array(equity, float))


# From 100: a peak of 120 at minute 2, 90 at 5, regained at 9, 130 at 10, 117 at 12 and at the end, 20.
PATH = path((1, 100), (2, 120), (5, 90), (9, 120), (10, 130), (12, 117), (20, 118))


def test_the_deepest_fall():
    assert equity_path.max_drawdown(100.0, PATH.equity) == 0.25
    assert equity_path.max_drawdown(200.0, PATH.equity) == pytest.approx(0.55), "the start is a peak"
    assert equity_path.max_drawdown(100.0, np.zeros(0)) == 0.0


def test_the_longest_time_below_a_peak():
    # 120 at 2 to 120 at 9: 7 minutes; 130 at 10 to the end at 20: 10 minutes.
    assert equity_path.drawdown_seconds(100.0, PATH) == 600
    assert equity_path.drawdown_seconds(100.0, path((1, 100), (2, 120), (5, 90), (9, 120), (10, 130))) == 420
    assert equity_path.drawdown_seconds(100.0, path((1, 100), (50, 100), (90, 110))) == 0, "never below"
    assert equity_path.drawdown_seconds(100.0, path((1, 99), (5, 99))) == 240, "from the first minute on"


def test_the_recovery_of_the_deepest_fall():
    # The lowest point is at 5, regained at 9.
    assert equity_path.recovery_seconds(100.0, PATH) == 240
    assert equity_path.recovery_seconds(100.0, path((1, 120), (2, 60), (3, 119))) is None
    assert equity_path.recovery_seconds(100.0, path((1, 120), (2, 121))) is None
