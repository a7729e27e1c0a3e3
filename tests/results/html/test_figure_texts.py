"""Figures of verdict and validation have the units of all other tables."""

from pathlib import Path

import pytest

from sweep.results.html.figure_texts import FRACTIONS, figure_texts


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("forward_return", 0.009078, "0.91 %"),
        ("forward_efficiency", 1.82, "182.0 %"),
        ("forward_sharpe_efficiency", 2.136, "2.14"),
        ("forward_sharpe", 4.3, "4.30"),
        ("forward_low", None, "–"),
        ("forward_windows", 3, "3"),
        ("lockbox_pnl_total", 1046.0, "1,046.00"),
        ("lockbox_return_total", 0.01046, "1.05 %"),
        ("lockbox_days", 5, "5"),
        ("minimum_backtest_years", 2.1287, "2.129"),
        ("cpcv_losses", 0.5, "50.0 %"),
    ],
)
def test_each_figure_has_its_unit(name, value, text):
    assert figure_texts({name: value}) == [(name.replace("_", " "), text)]


def test_a_prefix_is_left_out():
    assert figure_texts({"cpcv_sharpe_low": -1.0}, "cpcv_") == [("sharpe low", "-1.00")]


def test_each_fraction_is_a_figure_that_something_computes():
    sources = "\n".join(
        path.read_text("utf-8") for path in Path("sweep/results").rglob("*.py") if path.stem != "figure_texts"
    )
    missing = [name for name in FRACTIONS if f'"{name}"' not in sources]
    assert missing == []
