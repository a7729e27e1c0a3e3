"""The order of fills, which the engine gives by order."""

from types import SimpleNamespace

from sweep.backtest.accounting import fills


def test_the_number_of_an_id_is_its_end():
    assert fills.number_of("O-20260504-140000-001-000-17") == 17
    assert fills.number_of("EXPIRATION-x1f") == 0


def test_an_order_without_a_fill_has_none():
    assert fills.fill_events([SimpleNamespace(trade_ids=[])]) == []
