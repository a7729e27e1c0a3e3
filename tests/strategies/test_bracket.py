"""Prices, sessions and rules of the bracket; and what holds in any market."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.execution import DefaultFillModel, OneTickSlippageFillModel, ThreeTierFillModel
from nautilus_trader.model import OmsType, OtoTriggerMode

from sweep.strategies.score_bracket import ScoreBracket, ScoreBracketConfig
from tests.strategies.market import MS, SPY, Day, Fill, at, quote, score, trade
from tests.support.effort import repeats

GOOD: dict[str, Any] = {"instrument_id": "SPY.ARCA", "trade_size": 100, "tp_pct": 1, "sl_pct": 0.5}
SECOND = 1_000_000_000


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


@settings(max_examples=repeats(60, quick=25))
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
