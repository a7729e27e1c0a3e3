"""The order of fills, which the engine gives by order."""

from types import SimpleNamespace

from sweep.backtest.accounting import fills


def test_the_number_of_an_id_is_its_end():
    assert fills.number_of("O-20260504-140000-001-000-17") == 17
    assert fills.number_of("EXPIRATION-x1f") == 0


def test_fills_of_several_instruments_are_counted_without_those_of_others():
    of_all = {"SPY": [2, 5, 6, 9, 11], "QQQ": [1, 4, 7]}  # 1, 3, 4, … are trades that the venue made of bars
    assert fills.numbers_alone({"SPY": [5, 9], "QQQ": [7]}, of_all) == {
        ("SPY", 5): 4, ("SPY", 9): 7, ("QQQ", 7): 5,
    }  # fmt: skip
    assert fills.numbers_alone(of_all, of_all) == {(name, n): n for name, numbers in of_all.items() for n in numbers}


def test_an_order_without_a_fill_has_none():
    assert fills.fill_events([SimpleNamespace(trade_ids=[])]) == []
