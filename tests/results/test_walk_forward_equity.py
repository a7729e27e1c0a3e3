"""The stitched tests by hand, on the tiny case of the figures."""

from math import sqrt
from statistics import fmean, stdev

import pytest

from sweep.ledger.run_directory import Folder
from sweep.results.statistics.out_of_sample import Score, WalkForwardResult, WalkForwardStep
from sweep.results.walk_forward_equity import draw, metrics
from tests.results.statistics.test_out_of_sample import FORWARD


def test_money_is_added_returns_are_compounded_and_means_are_weighted():
    span = {"start": "", "end": "", "days": 1}
    one = Score(
        0, {"pnl_total": 10.0, "fees": 1.0, "trades": 3, "win_rate": 1.0, "expectancy": 2.0}, ("2026-05-04",), (0.1,)
    )
    two = Score(
        1, {"pnl_total": -4.0, "fees": 2.0, "trades": 1, "win_rate": 0.0, "expectancy": -6.0}, ("2026-05-05",), (-0.2,)
    )
    none = Score(
        2, {"pnl_total": 0.0, "fees": 0.0, "trades": 0, "win_rate": None, "expectancy": None}, ("2026-05-06",), (0.0,)
    )
    figures = metrics(
        WalkForwardResult(tuple(WalkForwardStep(span, span, "id", {}, s, s) for s in (one, two, none)), 365)
    )
    assert (figures["pnl_total"], figures["fees"], figures["trades"]) == (6.0, 3.0, 4)
    assert figures["return_total"] == pytest.approx(1.1 * 0.8 - 1)
    assert figures["max_drawdown_daily"] == pytest.approx(0.2)
    assert figures["win_rate"] == 0.75
    assert figures["expectancy"] == 0.0  # (3 × 2 - 6) / 4
    assert figures["sharpe_ratio"] == pytest.approx(fmean([0.1, -0.2, 0]) / stdev([0.1, -0.2, 0]) * sqrt(365))
    assert figures.get("profit_factor") is None


def test_a_figure_that_one_test_lacks_has_no_sum():
    """The spread of a test whose fills had no quotes is not known: the sum of the others would be too low."""
    span = {"start": "", "end": "", "days": 1}
    scores = [
        Score(n, {"fees": 1.0, "spread_paid": spread}, (f"2026-05-0{n + 4}",), (0.0,))
        for n, spread in enumerate((5.0, None))
    ]
    figures = metrics(WalkForwardResult(tuple(WalkForwardStep(span, span, "id", {}, s, s) for s in scores), 252))
    assert (figures["fees"], figures["spread_paid"]) == (2.0, None)


def test_it_is_drawn_once_something_was_tested(tmp_path):
    folder = Folder(tmp_path / "s-1")
    assert draw(folder, None) is draw(folder, WalkForwardResult(())) is None
    page = draw(folder, FORWARD)
    assert page
    assert "walk-forward, 3 tests stitched" in page.read_text()
