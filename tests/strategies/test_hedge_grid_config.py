"""Rules of the grid's parameters."""

from typing import Any

import pytest

from sweep.strategies.hedge_grid_config import HedgeGridConfig

BASE: dict[str, Any] = {"instrument_id": "BTCUSDT-PERP.BINANCE", "step_bps": 100, "levels_long": 1, "sl_steps": 2}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"step_bps": 0}, "step_bps must be greater than 0 (was 0)"),
        ({"levels_long": 0, "levels_short": 0}, "needs a level on one side at least"),
        ({"levels_long": 99}, "step_bps × (levels + sl_steps) must be below 10000 (was 10100)"),
        ({"ema_fast": 48}, "needs 0 < ema_fast < ema_slow (was 48, 48)"),
        ({"bar_minutes": 7}, "bar_minutes must divide an hour (was 7)"),
        ({"funding_minutes": -1}, "funding_minutes must be at least 0 (was -1)"),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule(change: dict[str, Any], rule: str):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is compared below
        HedgeGridConfig(**(BASE | change))
    assert rule in str(raised.value)
