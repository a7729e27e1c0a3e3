import importlib.util
import json
from math import isclose
from pathlib import Path

import pytest
from nautilus_trader.model import Bar, BarType, InstrumentId, Price, Quantity, QuoteTick

from sweep import compat

TESTS = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("indicator_figures", TESTS / "port" / "indicator_figures.py")
FIGURES = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(FIGURES)
OLD = json.loads((TESTS / "fixtures" / "nautilus1" / "indicators.json").read_text("utf-8"))
KIND = BarType.from_str("A.X-1-MINUTE-LAST-EXTERNAL")


@pytest.fixture(scope="module")
def bars():
    return [
        Bar(KIND, *(Price(p, 2) for p in row[:4]), Quantity.from_int(int(row[4])), n * 60 * 10**9, n * 60 * 10**9)
        for n, row in enumerate(FIGURES.rows())
    ]


@pytest.fixture(scope="module")
def ours(bars):
    return FIGURES.figures(compat, compat.MovingAverageType, bars)


@pytest.mark.parametrize("case", OLD)
def test_every_figure_is_that_of_1_231(ours, case):
    assert len(ours[case]) == len(OLD[case])
    for n, (mine, theirs) in enumerate(zip(ours[case], OLD[case], strict=True)):
        for name in theirs.keys() & mine.keys():
            assert isclose(mine[name], theirs[name], rel_tol=1e-9, abs_tol=1e-9), f"{name} after row {n}"
    assert {"initialized", "has_inputs"} <= mine.keys()


def test_every_indicator_of_the_package_was_compared():
    kinds = {
        name for name in compat.__all__
        if isinstance(getattr(compat, name), type) and issubclass(getattr(compat, name), compat.Indicator)
    }  # fmt: skip
    assert kinds - {"Indicator", "MovingAverage"} == set(FIGURES.CASES)


def test_a_reset_indicator_begins_again(bars):
    for name, cases in FIGURES.CASES.items():
        arguments = [getattr(compat.MovingAverageType, a[3:]) if str(a)[:3] == "ma:" else a for a in cases[0]]
        indicator = getattr(compat, name)(*arguments)
        first = [FIGURES.after(indicator, bar, 0) for bar in bars[:40]]
        indicator.reset()
        assert not indicator.initialized and not indicator.has_inputs, name
        assert [FIGURES.after(indicator, bar, 0) for bar in bars[:40]] == first, name


def test_a_price_of_quotes_is_taken_by_its_type():
    quote = QuoteTick(InstrumentId.from_str("A.X"), Price(1.0, 1), Price(2.0, 1), Quantity(1, 0), Quantity(1, 0), 0, 0)
    average = compat.SimpleMovingAverage(2, compat.base.PriceType.ASK)
    average.handle_quote_tick(quote)
    assert average.value == 2.0


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [(0.7, 0.7, 0.7), (0.70003, 0.7, 0.70005), (0.69997, 0.69995, 0.7), (-0.00007, -0.0001, -0.00005)],
)
def test_prices_are_rounded_to_multiples_and_left_where_they_are_one(value, down, up):
    assert compat.round_down(value, 0.00005) == pytest.approx(down, abs=1e-12)
    assert compat.round_up(value, 0.00005) == pytest.approx(up, abs=1e-12)


def test_sums_are_rounded_as_1_231_rounded_them():
    average = compat.SimpleMovingAverage(10)
    for _ in range(10):
        average.update_raw(0.1)
    assert average.value == 0.09999999999999999  # Python's own sum gives 0.1, and another side of a crossing
