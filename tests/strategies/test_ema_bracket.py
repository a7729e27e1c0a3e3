"""Hand-worked days of EmaBracket: spans of 1 and 2 on minute bars, so that the averages can be worked out in the head.

The fast average is the last close; the slow one starts at the mean of the first two closes and then moves two thirds
(2 / (2 + 1)) of the way to each further one.
One quote in the middle of each minute, a cent either side of its mid:

    bar of    09:31    09:32     09:33      09:34      09:35
    mid      100.00    99.00    102.00     103.11     100.00
    slow        –      99.5000  101.1667   102.4622   100.8207
    fast is     –      below    above      above      below
"""

from decimal import Decimal
from typing import Any

import pytest
from nautilus_trader.model import QuoteTick

from sweep.strategies.ema_bracket import EmaBracket, EmaBracketConfig
from tests.strategies.market import SPY, at, quote, trade


def cross(**config: Any) -> EmaBracket:
    exits: dict[str, Any] = {"instrument_id": str(SPY), "trade_size": 100, "tp_pct": 1, "sl_pct": 0.5}
    spans: dict[str, Any] = {"bar_minutes": 1, "fast": 1, "slow": 2}
    return EmaBracket(EmaBracketConfig(**(exits | spans | config)))


def minute(clock: str, mid: str) -> QuoteTick:
    cent = Decimal("0.01")
    return quote(at(clock), str(Decimal(mid) - cent), str(Decimal(mid) + cent))


MORNING = [
    minute("09:30:30", "100.00"),
    minute("09:31:30", "99.00"),
    minute("09:32:30", "102.00"),
    minute("09:33:30", "103.11"),
    minute("09:34:30", "100.00"),
    minute("09:35:30", "98.98"),
]
# Bought when the bar of 09:33 closes, at the ask of 102.01; target 102.01 × 1.01 = 103.0301 → 103.04, which the bid of
# 103.10 fills at 09:33:30.
LONG = [("BUY", 100, "102.01"), ("SELL", 100, "103.04")]
# Sold when the bar of 09:35 closes, at the bid of 99.99; target 99.99 × 0.99 = 98.9901 → 98.99, the ask of 09:35:30.
SHORT = [("SELL", 100, "99.99"), ("BUY", 100, "98.99")]


@pytest.mark.parametrize(
    ("sides", "deals", "pnl"),
    [
        ("both", LONG + SHORT, "199.00"),
        ("long", LONG, "101.00"),  # 100 × 1.03, less 2.00
        ("short", SHORT, "98.00"),  # 100 × 1.00, less 2.00
    ],
)
def test_each_cross_is_traded_once_on_the_sides_that_are_allowed(sides: str, deals: list[Any], pnl: str):
    day = trade(cross(sides=sides), MORNING)
    assert day.deals() == deals
    assert day.pnl == Decimal(pnl)


def test_the_order_goes_out_when_the_bar_closes():
    assert [fill.ns for fill in trade(cross(), MORNING).fills] == [
        at("09:33:00"),
        at("09:33:30"),
        at("09:35:00"),
        at("09:35:30"),
    ]


def test_a_cross_is_not_traded_while_a_position_is_open():
    held = trade(cross(tp_pct=50, sl_pct=50), MORNING)  # the sale of 09:35 would come while long
    assert held.deals() == [("BUY", 100, "102.01")]


def test_nothing_is_traded_before_the_slow_average_has_its_bars():
    assert trade(cross(slow=6), MORNING).deals() == []


def test_a_bar_without_a_quote_moves_no_average():
    # Ten empty minutes would take the slow average from 99.50 to 99.00, and 99.10 would be a cross. It is not:
    # 99.50 + 2/3 × (99.10 - 99.50) = 99.2333 is above 99.10; with 99.80 it is 99.70, below.
    events = [*MORNING[:2], minute("09:42:30", "99.10"), minute("09:43:30", "99.10")]
    assert trade(cross(), events).deals() == []
    crossed = [*MORNING[:2], minute("09:42:30", "99.80"), minute("09:43:30", "99.80")]
    assert trade(cross(), crossed).deals() == [("BUY", 100, "99.81")]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"fast": 30, "slow": 30}, r"needs 0 < fast < slow \(was 30, 30\)"),
        ({"fast": 0}, "needs 0 < fast < slow"),
        ({"bar_minutes": 7}, r"bar_minutes must divide an hour \(was 7\)"),
        ({"bar_minutes": 60}, "bar_minutes must divide an hour"),
        ({"sides": "up"}, r"sides must be one of both, long, short \(was 'up'\)"),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule(change: dict[str, Any], rule: str):
    with pytest.raises(ValueError, match=rule):
        cross(**change)
