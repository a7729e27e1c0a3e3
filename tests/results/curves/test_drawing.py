"""Charts without a script."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sweep.results.curves.drawing import HEIGHT, MOST, WIDTH, Scale, bar_chart, bins, line_chart, ticks


def points(html: str) -> list[tuple[int, int]]:
    path = re.search(r'class="line" d="M([^"]+)"', html)[1]
    return [tuple(map(int, point.split())) for point in path.split("L")]


def test_a_line_by_hand():
    html = line_chart("a & b", ["x", "y", "z"], np.array([0.0, 10.0, 5.0]), lambda v: f"{v:g}")
    (left, low), (middle, high), (right, half) = points(html)
    assert (left, middle, right) == (0, WIDTH / 2, WIDTH)
    assert high < half < low and half == pytest.approx((high + low) / 2, abs=1)
    assert 'aria-label="a &amp; b"' in html
    assert [html.count(f">{label}</span>") for label in ("0", "10", "x", "z")] == [1, 1, 1, 1]


def test_a_logarithmic_line_gives_equal_growth_equal_height():
    (_, a), (_, b), (_, c) = points(line_chart("", ["", "", ""], np.array([1.0, 10.0, 100.0]), str, is_log=True))
    assert a - b == pytest.approx(b - c, abs=1)


def test_bars_stand_on_zero_and_tell_losses():
    html = bar_chart("", np.array([-1.0, 0.0, 1.0]), [1, 2], str)
    heights = [int(h) for h in re.findall(r'height="(\d+)"', html)]
    assert heights[1] == pytest.approx(2 * heights[0], abs=2)
    assert re.findall(r'rect class="(\w+)"', html) == ["below", "above"]
    assert ">1</span>" in html and html.count(">0</span>") == 1


@example(0.875, 1.0000000000000002e-06, 6)  # an edge that is short by the last digit
@given(st.floats(-1, 1), st.floats(1e-6, 1), st.integers(5, 40))
def test_bins_hold_all_values_and_none_holds_gains_and_losses(low, width, most):
    edges = bins(low, low + width, most)
    assert edges[0] <= low and edges[-1] >= low + width
    assert 2 <= len(edges) <= most + 2
    assert not any(a < -1e-12 and b > 1e-12 for a, b in pairwise(edges))


def test_labels_of_bars_are_round_and_even():
    html = bar_chart("", bins(-0.0035, 0.0132, 40), [1] * 34, lambda v: f"{100 * v:.3g} %")
    assert re.findall(r"([-\d.]+) %</span>", html) == ["-0.3", "0", "0.3", "0.6", "0.9", "1.2"]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_ticks_are_few_and_inside(low, width):
    high = low + width
    marks = ticks(low, high)
    room = 1e-6 * max(abs(low), abs(high), 1)
    assert len(marks) <= 7
    assert all(low - room <= tick <= high + room for tick in marks)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_all_values_are_on_the_paper(values):
    html = line_chart("", ["a"] * len(values), np.array(values), str)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points(html))
    assert Scale.of(np.array(values)).share(max(values)) >= 0


def test_a_long_line_is_thinned():
    assert len(points(line_chart("", ["a"] * 9999, np.arange(9999.0), str))) <= MOST
