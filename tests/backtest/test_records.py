"""The record of a finished trial."""

from sweep.backtest.records import BacktestRecord, Day, Fill, Position

DAYS = (Day("2026-05-04", 1, 2, 101.0, 1.0, 0.01), Day("2026-05-05", 3, 4, 99.0, -2.0, -0.0198))


def finished(*days: Day) -> BacktestRecord:
    return BacktestRecord("USD", 100.0, days, (), (), (), (), {}, {}, list, lambda _: [])


def test_the_equity_at_the_end_is_that_of_the_last_day():
    assert finished(*DAYS).equity_end == 99.0
    assert finished().equity_end == 100.0
    assert finished(*DAYS).returns == [0.01, -0.0198]


def test_a_position_without_an_end_is_open():
    closed = Position(5, 6, 4, "SPY.ARCA", "LONG", 10.0, 100.5, 101.0, 1.25, 0.1, "O-1", "O-2", "P-1")
    assert not closed.is_open
    assert Position(5, None, 4, "SPY.ARCA", "LONG", 10.0, 100.5, None, 1.25, 0.1, "O-1", "", "P-1").is_open


def test_the_sign_of_a_fill():
    fill = Fill(1, "SPY.ARCA", "SELL", 10.0, 100.0, 1000.0, 0.1, "USD", "TAKER", "MARKET", "O-1", "T-1", "P-1")
    assert fill.sign == -1
