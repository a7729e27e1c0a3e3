"""The made-up chain against published values, an independent pricer, and what no price may violate."""

import numpy as np
import pytest
from nautilus_trader.model import black_scholes_greeks, imply_vol_and_greeks

from sweep.catalog.demo.option_chain import EVERY, VOLATILITY, YEAR, black_scholes, chain, quoted
from sweep.catalog.demo.stock import NANOS, SECONDS, sessions


@pytest.fixture(scope="module")
def day():
    return next(sessions())


@pytest.fixture(scope="module")
def contracts(day):
    return {(c.strike, c.is_call): c for c in chain(day)}


def test_a_published_value():
    # Haug, Complete Guide to Option Pricing Formulas, 2nd ed., 1.1.1: S 60, X 65, T 0.25, r 8 %, vol 30 %: 2.1334.
    # Without interest the same formula is used on the forward 60 e^(0.08/4), and discounted.
    growth = np.exp(0.08 * 0.25)
    assert black_scholes(60 * growth, 65, 0.25, 0.30, is_call=True) / growth == pytest.approx(2.1334, abs=5e-5)
    # Hull, Options, Futures, and Other Derivatives, ch. 15: S 42, K 40, r 10 %, vol 20 %, T 0.5: 4.76 and 0.81.
    growth = np.exp(0.10 * 0.5)
    for is_call, value in ((True, 4.76), (False, 0.81)):
        assert black_scholes(42 * growth, 40, 0.5, 0.20, is_call=is_call) / growth == pytest.approx(value, abs=5e-3)


@pytest.mark.parametrize("minutes", [390, 60, 5, 1])
@pytest.mark.parametrize("strike", [722, 725, 728])
def test_it_agrees_with_another_pricer(minutes, strike):
    years = minutes * 60 / YEAR
    for is_call in (True, False):
        value = float(black_scholes(725.3, strike, years, VOLATILITY, is_call=is_call))
        other = black_scholes_greeks(725.3, 0.0, 0.0, VOLATILITY, is_call, float(strike), years)
        assert value == pytest.approx(other.price, abs=2e-4)  # that one computes in single precision
        if value > abs(725.3 - strike) * (is_call == (strike < 725.3)) + 1e-6:
            implied = imply_vol_and_greeks(725.3, 0.0, 0.0, is_call, float(strike), years, value).vol
            assert implied == pytest.approx(VOLATILITY, rel=1e-6)


def test_calls_and_puts_are_in_parity_within_the_spread(day, contracts):
    # C - P = S - K: nobody can buy one side and sell the other at a profit.
    mid = (day.bid + day.ask) / 2
    for (strike, is_call), call in contracts.items():
        if is_call:
            put, spot = contracts[strike, False], mid[(call.ts - day.ts[0]) // NANOS]
            assert (call.ask - put.bid >= spot - 100 * strike - 1e-6).all()
            floor = np.maximum(call.bid + put.bid, 0) > 2  # a bid of a cent is the floor, not a price
            assert (call.bid - put.ask <= spot - 100 * strike + 1e-6)[floor & (put.bid > 1) & (call.bid > 1)].all()


def test_the_value_at_the_money_decays_with_the_root_of_time(day, contracts):
    # At the money a call is worth about S x vol x sqrt(T / 2 pi): at the open 725 x 0.13 x sqrt(1 / 252 / 2 pi) = 2.37.
    spot = float(day.bid[0] + day.ask[0]) / 200
    value = float(black_scholes(spot, spot, 1 / 252, VOLATILITY, is_call=True))
    assert value == pytest.approx(725 * 0.13 * np.sqrt(1 / 252 / 2 / np.pi), rel=0.01)
    quarter = float(black_scholes(spot, spot, 1 / 252 / 4, VOLATILITY, is_call=True))
    assert quarter == pytest.approx(value / 2, rel=1e-3)


def test_at_the_end_only_what_is_in_the_money_is_left(day, contracts):
    last = float(day.bid[-1] + day.ask[-1]) / 2
    for (strike, is_call), c in contracts.items():
        inner = max(last - 100 * strike, 0) if is_call else max(100 * strike - last, 0)
        if abs(last - 100 * strike) > 100:  # a dollar from the money, seconds before the end
            assert abs((c.bid[-1] + c.ask[-1]) / 2 - max(inner, 1.5)) < 30


def test_quotes_are_such_as_a_market_has(day, contracts):
    assert len(contracts) == 62
    for c in contracts.values():
        assert (c.bid >= 1).all()
        assert (c.ask > c.bid).all()
        assert (np.diff(c.ts) == EVERY * NANOS).all()
        assert c.ts[-1] < c.expires == day.ts[0] + SECONDS * NANOS
    assert [x.tolist() for x in quoted(np.array([2.37, 0.0, 0.004]))] == [[234, 1, 1], [240, 2, 2]]
    # 237 cents +- 2.37, outwards: 234 and 240; nothing and almost nothing: a cent bid, two asked


def test_the_same_on_every_run(day):
    again = {(c.strike, c.is_call): c for c in chain(day)}
    assert all((again[c.strike, c.is_call].bid_size == c.bid_size).all() for c in chain(day))
