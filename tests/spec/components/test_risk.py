"""Section `risk`."""

from datetime import time

import pytest
from pydantic import ValidationError

from sweep.spec.components.risk import RiskLimits, RiskRules, moment_of_day


@pytest.mark.parametrize(("text", "share"), [("10 %", 0.1), ("2.5%", 0.025), (0.3, 0.3)])
def test_shares(text, share):
    assert RiskLimits(max_drawdown=text).max_drawdown == share


@pytest.mark.parametrize("text", ["ten", 10, 0, 1, "100 %", "0 %", "-5 %", True, "x", [0.1]])
def test_what_is_no_share(text):
    with pytest.raises(ValidationError, match="share of the equity"):
        RiskLimits(daily_loss=text)


def test_a_time_of_day_has_its_zone():
    end, zone = moment_of_day("15:45 America/New_York")
    assert (end, zone.key) == (time(15, 45), "America/New_York")
    for wrong in ("15:45", "15:45 Mars/Base", "25:00 UTC", "15:45+01:00 UTC", "15:45 localtime", 1545):
        with pytest.raises(ValidationError, match="time zone"):
            RiskLimits(stop_trading_at=wrong)


def test_a_section_that_limits_nothing_is_a_mistake():
    with pytest.raises(ValidationError, match="limits nothing"):
        RiskRules(then="halt")
    assert RiskRules(strategies={"fast": RiskLimits(max_position=1)}).is_empty
