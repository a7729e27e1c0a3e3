"""Fills as stretches of unchanged positions, by hand."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from sweep.backtest.accounting.fill_replay import FillReplay, Settlement, Terms


class Number(Decimal):
    def as_decimal(self):
        return self

    def as_double(self):
        return float(self)


def fill(side, size, price, fee=0.0, *, position="P", unit="USD", order="O-1"):
    commission = SimpleNamespace(as_double=lambda: fee, currency=unit)
    return SimpleNamespace(
        instrument_id="X", position_id=position, order_side=SimpleNamespace(name=side), last_qty=Number(size),
        last_px=Number(price), commission=commission, client_order_id=order,
    )  # fmt: skip


def instrument(**terms):
    return SimpleNamespace(**{"quote_currency": "USD", "multiplier": Number(1), "is_inverse": False} | terms)


def test_a_fill_that_turns_a_position_around():
    # Buy 2 at 10 (fee 1), sell 3 at 12 (fee 3): 2 of the fee belong to the trade that ends, with 24 - 20 - 1 - 2 = 1.
    # The short of 1 has received 12 - 1; bought back at 11: 11 - 11 = 0 with its fee.
    fills = [fill("BUY", "2", "10", 1.0), fill("SELL", "3", "12", 3.0), fill("BUY", "1", "11")]
    replay = FillReplay({"X": instrument()}, fills, [0, 3, 5], 9)
    s = replay.stretches["X"]
    rows = list(zip(s.starts, s.ends, s.quantities, s.cash, s.trades, strict=True))
    assert rows == [(0, 3, 2.0, -21.0, 0), (3, 5, -1.0, 11.0, 1)]
    assert replay.closed == [(0, "USD", 1.0), (1, "USD", 0.0)]
    assert replay.payments == {"USD": ([0, 3, 3, 5], [-21.0, 22.0, 11.0, -11.0])}
    assert replay.traded == {"USD": 20 + 36 + 11}


def test_positions_of_a_hedge_are_apart_and_an_open_one_lasts():
    fills = [fill("BUY", "1", "10", position="A"), fill("SELL", "1", "11", position="B")]
    replay = FillReplay({"X": instrument()}, fills, [0, 1], 4)
    s = replay.stretches["X"]
    assert list(zip(s.starts, s.ends, s.quantities, strict=True)) == [(0, 4, 1.0), (1, 4, -1.0)]
    assert replay.closed == []


def test_a_fee_in_another_currency_is_paid_apart():
    replay = FillReplay({"X": instrument()}, [fill("BUY", "1", "10", 0.5, unit="BNB")], [2], 4)
    assert replay.payments == {"BNB": ([2], [-0.5]), "USD": ([2], [-10.0])}


def test_a_fee_in_another_currency_counts_in_the_pnl_of_the_trade():
    # 2 BNB of 300 for each of two fills of an instrument in EUR of 1.5: 20 - 10 - 2 * 2 * 300 / 1.5
    fills = [fill("BUY", "1", "10", 2.0, unit="BNB"), fill("SELL", "1", "20", 2.0, unit="BNB")]
    terms = {"X": instrument(quote_currency="EUR")}
    replay = FillReplay(terms, fills, [0, 1], 4, worth={"BNB": 300.0, "EUR": 1.5}.__getitem__)
    assert replay.closed == [(0, "EUR", pytest.approx(10 - 2 * 400))]
    assert replay.stretches["X"].cash == [pytest.approx(-10 - 400)]


def test_a_position_ends_at_its_settlement():
    ends = [Settlement("X", "P", 3, 17.0), Settlement("X", "Q", 3, 17.0)]  # of Q these fills know nothing
    replay = FillReplay({"X": instrument()}, [fill("SELL", "2", "10", 1.0)], [1], 9, settled=ends)
    s = replay.stretches["X"]
    assert list(zip(s.starts, s.ends, s.quantities, s.cash, strict=True)) == [(1, 3, -2.0, 19.0)]
    assert replay.payments == {"USD": ([1, 3], [19.0, -34.0])}
    assert (replay.closed, replay.ends) == ([(0, "USD", 19.0 - 34.0)], {0: 3})


def test_trades_of_an_expiration_are_known_by_their_orders():
    """A delivery that turns a position around belongs to the trade that it ends and to the one that it begins."""
    delivered = fill("SELL", "3", "11", order="EXPIRATION-1")
    replay = FillReplay({"X": instrument()}, [fill("BUY", "2", "10"), delivered], [0, 1], 4)
    assert replay.expired == {"EXPIRATION-1": {0, 1}}


def test_an_inverse_contract_gains_in_its_base_currency():
    # 100 USD a contract: long from 50 to 100 gains 100 / 50 - 100 / 100 = 1 coin.
    terms = Terms.of(instrument(multiplier=Number(100), is_inverse=True, base_currency="BTC"))
    assert terms.currency == "BTC"
    assert terms.worth(100.0) - terms.worth(50.0) == pytest.approx(1.0)
    assert Terms.of(instrument(settlement_currency="USDT")).currency == "USDT"
