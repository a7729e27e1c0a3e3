import pytest
from nautilus_trader.model import Bar, BarType, Price, Quantity

from sweep.strategies.regime import Regime

KIND = BarType.from_str("X.Y-1-MINUTE-MID-INTERNAL")


def bar(n: int, high: float, low: float, close: float) -> Bar:
    prices = (Price(x, 2) for x in (low, high, low, close))
    return Bar(KIND, *prices, Quantity.from_int(1), n, n)


def fed(closes: list[float], width: float = 1.0, **thresholds: float) -> Regime:
    regime = Regime(2, 4, 3, thresholds.get("adx", 25), thresholds.get("atr", 1e9))
    for n, close in enumerate(closes):
        regime.handle_bar(bar(n, close + width / 2, close - width / 2, close))
    return regime


def test_a_steady_move_is_a_trend_and_its_adx_is_100():
    # Every bar's high and low rise: all directional movement is up, so DX = 100 |+DI - -DI| / (+DI + -DI) = 100 always.
    up = fed([100 + n for n in range(12)])
    assert (up.trend, up.adx) == (1, pytest.approx(100))
    assert fed([100 - n for n in range(12)]).trend == -1


def test_a_market_that_goes_nowhere_has_none():
    flat = fed([100 + n % 2 for n in range(24)])
    assert flat.adx < 40
    assert fed([100 + n % 2 for n in range(24)], adx=60).trend == 0
    assert fed([100 + n for n in range(3)]).trend == 0  # too few bars


def test_wild_is_an_average_true_range_beyond_the_bound():
    # Bars of width 1 around 100 that do not move: the true range is 1, 100 bps.
    assert fed([100.0] * 10, atr=99).is_wild
    assert not fed([100.0] * 10, atr=101).is_wild
