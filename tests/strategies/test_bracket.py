"""Prices, sessions and rules of the bracket; and what holds in any market."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.execution import DefaultFillModel, OneTickSlippageFillModel, ThreeTierFillModel
from nautilus_trader.model import OmsType, OrderSide, OtoTriggerMode

from sweep.strategies.bracket import BracketConfig, exits
from sweep.strategies.score_bracket import ScoreBracket, ScoreBracketConfig
from tests.strategies.market import MS, SPY, Day, Fill, at, quote, score, trade

GOOD: dict[str, Any] = {"instrument_id": "SPY.ARCA", "trade_size": 100, "tp_pct": 1, "sl_pct": 0.5}
SECOND = 1_000_000_000


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


def test_an_unknown_instrument_or_a_broken_lot_stops_the_run():
    changes: list[dict[str, Any]] = [{"instrument_id": "QQQ.ARCA"}, {"trade_size": 0.5}]
    for change in changes:
        with pytest.raises(RuntimeError, match=next(iter(change))):
            trade(
                ScoreBracket(ScoreBracketConfig(**(GOOD | change), score_threshold=65)),
                [quote(at("09:30:00"), "1", "2")],
            )


# -- in any market ---------------------------------------------------------------------------------------------------


def fill_model(kind: str, seed: int) -> Any:
    """With slippage on every other order, or a book of 100 units."""
    kinds = {"default": DefaultFillModel, "tick": OneTickSlippageFillModel, "tiers": ThreeTierFillModel}
    return kinds[kind](1.0, 0.5, seed)


step = st.tuples(
    st.integers(1, 1500),  # seconds since the last quote: a session is 23,400
    st.integers(-400, 400),  # cents
    st.integers(1, 40),  # cents of spread
    st.sampled_from(["", "", "bullish", "bearish"]),  # of a score half a second later
)
venues: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "latency_ms": st.sampled_from([0, 25, 3_000, 400_000]),
        "oms_type": st.sampled_from([OmsType.NETTING, OmsType.HEDGING]),
        "oto_trigger_mode": st.sampled_from([OtoTriggerMode.PARTIAL, OtoTriggerMode.FULL]),
        "support_contingent_orders": st.booleans(),
        "reject_stop_orders": st.booleans(),
        "fill_model": st.builds(fill_model, st.sampled_from(["default", "tick", "tiers"]), st.integers(0, 3)),
    }
)
percent = st.floats(0.02, 1.5).map(lambda value: round(value, 2))


def market(steps: list[tuple[int, int, int, str]]) -> list[Any]:
    """Two sessions of random quotes and scores, each with a quote every half minute around its end."""
    events: list[Any] = []
    for day in (4, 5):
        now, mid = at("09:30:00", day), 50_000
        for seconds, move, spread, bias in steps:
            now, mid = now + seconds * SECOND, mid + move
            if now >= at("15:50:00", day):
                break
            events.append(quote(now, f"{mid / 100:.2f}", f"{(mid + spread) / 100:.2f}"))
            if bias:
                events.append(score(now + SECOND // 2, 80, bias))
        for now in range(at("15:50:00", day), at("16:30:00", day), 30 * SECOND):
            events.append(quote(now, f"{mid / 100:.2f}", f"{mid / 100 + 0.02:.2f}"))
            events.append(score(now, 80))
    return events


def positions(day: Day) -> list[list[Fill]]:
    """The fills, cut where the strategy was flat; fails where the net position changes sign."""
    net, trades = 0.0, list[list[Fill]]()
    for fill in day.fills:
        if net == 0:
            trades.append([])
        trades[-1].append(fill)
        before, net = net, net + fill.signed
        assert before * net >= 0, f"turned over: {before} → {net}"
    assert net == 0, "not flat at the end"
    return trades


@settings(max_examples=60)
@given(
    steps=st.lists(step, min_size=1, max_size=40),
    venue=venues,
    tp=percent,
    sl=percent,
    size=st.sampled_from([100, 150]),
)
def test_in_any_market(steps: list[tuple[int, int, int, str]], venue: dict[str, Any], tp: float, sl: float, size: int):
    config = ScoreBracketConfig(instrument_id=str(SPY), trade_size=size, tp_pct=tp, sl_pct=sl, score_threshold=65)
    day = trade(ScoreBracket(config), market(steps), **venue)

    assert day.open_positions == 0
    assert {"FILLED", "CANCELED", "REJECTED", "DENIED"} >= set(day.statuses), "an order is left open"
    for fills in positions(day):  # which ends flat
        opening = [fill for fill in fills if fill.side == fills[0].side]
        assert len({fill.order for fill in opening}) == 1, "a second entry while a position was open"
        assert sum(fill.size for fill in opening) <= size
        session = 4 if fills[0].ns < at("00:00:00", 5) else 5
        assert day.created[opening[0].order - 1] < at("15:45:00", session), "entered late"
        # closed at 15:55; the last quote before the next one, half a minute later, is behind the latency
        late = at("15:56:00", session) + 2 * venue["latency_ms"] * MS
        assert fills[-1].ns <= late, "not flat before the session ended"
