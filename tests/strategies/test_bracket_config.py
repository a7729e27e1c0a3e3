"""Rules of the bracket's parameters, and the prices of its exits."""

from decimal import Decimal
from typing import Any

import pytest
from nautilus_trader.model import OrderSide

from sweep.strategies.bracket_config import BracketConfig, exits
from sweep.strategies.score_bracket import ScoreBracketConfig

GOOD: dict[str, Any] = {"instrument_id": "SPY.ARCA", "trade_size": 100, "tp_pct": 1, "sl_pct": 0.5}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"instrument_id": "SPY"}, "instrument_id must be like 'SPY.ARCA' (was 'SPY')"),
        ({"trade_size": 0}, "trade_size must be greater than 0 (was 0)"),
        ({"trade_size": float("nan")}, "trade_size must be greater than 0"),
        ({"tp_pct": -1}, "tp_pct must be greater than 0 (was -1)"),
        ({"tp_pct": float("inf")}, "tp_pct must be greater than 0"),
        ({"sl_pct": 101}, "sl_pct must be at most 100 (was 101)"),
        (
            {"session_end": 960},
            "session_end must be a quoted time like '16:00' (was 960)",
        ),  # YAML's 16:00 without quotes
        ({"session_start": "9.30"}, "session_start must be a quoted time"),
        ({"time_zone": "New York"}, "time_zone must be like 'America/New_York' (was 'New York')"),
        ({"flat_minutes": 20}, "needs 0 <= flat_minutes <= last_entry_minutes (was 20, 15)"),
        ({"flat_minutes": -1}, "needs 0 <= flat_minutes"),
        ({"last_entry_minutes": 1440}, "last_entry_minutes must be less than a day"),
        ({"max_trades_per_session": 0}, "max_trades_per_session must be greater than 0, or null (was 0)"),
        ({"max_quote_age_secs": 0}, "max_quote_age_secs must be greater than 0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule(change: dict[str, Any], rule: str):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is compared below
        BracketConfig(**(GOOD | change))
    assert rule in str(raised.value)


def test_all_mistakes_are_named_at_once():
    wrong: dict[str, Any] = GOOD | {"tp_pct": 0, "sl_pct": 0, "score_threshold": 101}
    with pytest.raises(ValueError, match=r"tp_pct.*; sl_pct.*; score_threshold"):
        ScoreBracketConfig(**wrong)


@pytest.mark.parametrize(
    ("side", "entry", "tp", "sl", "tick", "target", "stop"),
    [
        # 500.02 × 1.01 = 505.0202 up; 500.02 × 0.995 = 497.5199 up
        (OrderSide.BUY, "500.02", 1, 0.5, "0.01", "505.03", "497.52"),
        # 500.02 × 0.99 = 495.0198 down; 500.02 × 1.005 = 502.5201 down
        (OrderSide.SELL, "500.02", 1, 0.5, "0.01", "495.01", "502.52"),
        # 0.1 % has no exact float: 1.57600 × 1.001 = 1.577576 up, 1.57600 × 0.999 = 1.574424 up
        (OrderSide.BUY, "1.57600", 0.1, 0.1, "0.00001", "1.57758", "1.57443"),
        # exact prices stay: 100 × 1.03, 100 × 0.97 on a quarter
        (OrderSide.BUY, "100", 3, 3, "0.25", "103", "97"),
        # exits nearer than a tick stand a tick away: 10.001 up → 10.25; 9.999 up → 10.00, taken to 9.75
        (OrderSide.BUY, "10", 0.01, 0.01, "0.25", "10.25", "9.75"),
        (OrderSide.SELL, "10", 0.01, 0.01, "0.25", "9.75", "10.25"),
        # nothing is below one tick
        (OrderSide.BUY, "2", 250, 100, "0.05", "7.00", "0.05"),
        (OrderSide.SELL, "2", 100, 100, "0.05", "0.05", "4.00"),
    ],
)
def test_exits_stand_on_the_tick_on_the_safe_side(
    side: OrderSide, entry: str, tp: float, sl: float, tick: str, target: str, stop: str
):
    assert exits(side, Decimal(entry), tp, sl, Decimal(tick)) == (Decimal(target), Decimal(stop))
