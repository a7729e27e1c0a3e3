"""Hand-worked days of the iron condor and the straddle, and what holds of every cycle in any market.

SPY stands at 725.00 bid, 725.02 ask: at the money is 725. The condor sells two strikes out, 723 put and 727 call, and
buys one further, 722 put and 728 call; ten contracts of 100 shares each, 65 cents a contract and way.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.execution import PerContractFeeModel
from nautilus_trader.model import Money, OmsType, OrderSide

from sweep.strategies.iron_condor import IronCondor, IronCondorConfig
from sweep.strategies.option_cycle import OptionCycle
from sweep.strategies.option_day import Day as Start
from sweep.strategies.option_day import Leg, OptionCycleConfig, Phase
from sweep.strategies.straddle import Straddle, StraddleConfig
from tests.strategies.market import SPY, Day, at, quote, trade
from tests.support import markets
from tests.support.effort import repeats

SECOND = 1_000_000_000
FEE = PerContractFeeModel(Money.from_str("0.65 USD"))
BASE: dict[str, Any] = {"underlying_id": str(SPY), "contracts": 10}


def contract(kind: str, strike: int) -> Any:
    return markets.option(f"SPY260504{kind}{strike * 1000:08}.SMART")


CHAIN = [contract(kind, strike) for strike in range(720, 731) for kind in "CP"]


def spy(clock: str, bid: str = "725.00", ask: str = "725.02") -> Any:
    return quote(at(clock), bid, ask)


def of(kind: str, strike: int, clock: str, bid: str, ask: str, size: int = 100) -> Any:
    return quote(at(clock), bid, ask, size, contract(kind, strike).id)


def condor(**config: Any) -> IronCondor:
    return IronCondor(IronCondorConfig(**(BASE | {"short_strikes": 2, "wing_strikes": 1} | config)))


def straddle(**config: Any) -> Straddle:
    return Straddle(StraddleConfig(**(BASE | config)))


def play(strategy: OptionCycle, events: list[Any], **venue: Any) -> Day:
    return trade(strategy, events, instruments=CHAIN, **{"fee_model": FEE, **venue})


def deals(day: Day) -> list[tuple[str, str, str]]:
    return [(f.instrument[9] + f.instrument[12:15], f.side, f.price) for f in day.fills]


def wings(clock: str, short: tuple[str, str], long: tuple[str, str], size: int = 100) -> list[Any]:
    """Quotes of the four legs, put and call alike."""
    near, far = (("P", 723), ("C", 727)), (("P", 722), ("C", 728))
    return [of(*leg, clock, *short, size) for leg in near] + [of(*leg, clock, *long, size) for leg in far]


def test_a_day_of_the_condor():
    strategy = condor(tp_pct=50, sl_pct=150)
    day = play(strategy, [
        spy("09:59:00"),  # too early
        spy("10:00:00"),  # the first tick: asks for the four contracts
        *wings("10:00:30", ("1.00", "1.02"), ("0.60", "0.62")),
        spy("10:00:31"),  # not a tick
        *wings("10:00:59", ("1.00", "1.02"), ("0.60", "0.62")),
        spy("10:01:00"),  # a tick: credit at the middle 0.80, at the market 2 × (1.00 - 0.62) = 0.76
        *wings("10:01:59", ("0.90", "0.92"), ("0.60", "0.62")),
        spy("10:02:00"),  # closing costs 2 × (0.92 - 0.60) = 0.64: a profit of 0.12, less than half of 0.76
        *wings("10:29:00", ("0.60", "0.62"), ("0.45", "0.47")),  # a profit of 0.76 - 2 × 0.17 = 0.42, but …
        spy("10:30:00"),  # … a minute old, and stale
        *wings("10:30:50", ("0.60", "0.62"), ("0.45", "0.47")),
        spy("10:31:00"),  # 0.42 is more than 0.38: closed, and the day is done
        *wings("10:31:30", ("1.00", "1.02"), ("0.60", "0.62")),
        spy("10:32:00"),
    ])  # fmt: skip
    assert deals(day) == [
        ("P723", "SELL", "1.00"), ("P722", "BUY", "0.62"), ("C727", "SELL", "1.00"), ("C728", "BUY", "0.62"),
        ("P723", "BUY", "0.62"), ("P722", "SELL", "0.45"), ("C727", "BUY", "0.62"), ("C728", "SELL", "0.45"),
    ]  # fmt: skip
    assert {f.ns for f in day.fills} == {at("10:01:00"), at("10:31:00")}
    # 1000 × 0.42 = 420.00, less 80 × 0.65 = 52.00
    assert day.pnl == Decimal("368.00")
    assert (strategy.phase, strategy.cycles) == (Phase.DONE, 1)
    assert [(c.cycle, c.name, c.entry, c.exit) for c in strategy.closed] == [
        (1, "short_put", 1.0, 0.62), (1, "long_put", 0.62, 0.45),
        (1, "short_call", 1.0, 0.62), (1, "long_call", 0.62, 0.45),
    ]  # fmt: skip


def test_a_day_of_the_straddle_in_two_cycles_and_a_forced_close():
    def pair(clock: str, call: tuple[str, str], put: tuple[str, str]) -> list[Any]:
        return [of("C", 725, clock, *call), of("P", 725, clock, *put)]

    strategy = straddle(tp_pct=10, sl_pct=50, max_cycles=2)
    day = play(strategy, [
        spy("10:00:00"),
        *pair("10:00:05", ("2.00", "2.04"), ("1.90", "1.94")),  # both are quoted: bought for 3.98
        *pair("10:00:50", ("2.60", "2.64"), ("1.70", "1.74")),
        spy("10:01:00"),  # sold for 4.30: 0.32 is less than a tenth
        *pair("10:01:50", ("2.90", "2.94"), ("1.60", "1.64")),
        spy("10:02:00"),  # 4.50: 0.52 is more; sold, and the second cycle may begin with the next tick
        *pair("10:02:50", ("2.90", "2.94"), ("1.60", "1.64")),
        spy("10:03:00"),  # bought for 4.58
        *pair("15:54:59", ("2.80", "2.84"), ("1.50", "1.54")),
        of("C", 720, "15:55:01", "5.00", "5.10"),
        spy("15:56:00"),
    ])  # fmt: skip
    assert [deal[1:] for deal in deals(day)] == [
        ("BUY", "2.04"), ("BUY", "1.94"), ("SELL", "2.90"), ("SELL", "1.60"),
        ("BUY", "2.94"), ("BUY", "1.64"), ("SELL", "2.80"), ("SELL", "1.50"),
    ]  # fmt: skip
    # 1000 × 0.52 = 520.00, 1000 × (4.30 - 4.58) = -280.00, less 80 × 0.65 = 52.00
    assert day.pnl == Decimal("188.00")
    assert (strategy.phase, strategy.cycles, day.open_positions) == (Phase.DONE, 2, 0)
    assert [c.cycle for c in strategy.closed] == [1, 1, 2, 2]


def test_all_legs_or_none():
    thin = [
        *wings("10:00:59", ("1.00", "1.02"), ("0.60", "0.62")),
        of("C", 728, "10:00:59", "0.60", "0.62", 9),
        spy("10:01:00"),
    ]
    day = play(condor(), [spy("10:00:00"), *wings("10:00:30", ("1.00", "1.02"), ("0.60", "0.62")), *thin])
    assert day.statuses == []  # nine of ten are there of one leg: nothing is sent
    # With latency one quote has shrunk to five when the orders arrive: that leg is not filled at all, and the other
    # three, which are, are closed again with the next quotes.
    prices = ("1.00", "1.02"), ("0.60", "0.62")
    events = [
        spy("10:00:00"), *wings("10:00:59", *prices), spy("10:01:00"),
        *wings("10:01:20", *prices)[:3], of("C", 728, "10:01:20", "0.60", "0.62", 5), *wings("10:01:30", *prices),
    ]  # fmt: skip
    strategy = condor()
    day = play(strategy, sorted(events, key=lambda e: e.ts_init), latency_ms=25)
    assert day.open_positions == 0
    assert day.statuses == ["FILLED", "FILLED", "FILLED", "CANCELED", "FILLED", "FILLED", "FILLED"]
    assert {deal[0] for deal in deals(day)} == {"P723", "P722", "C727"}
    assert (strategy.cycles, strategy.legs()) == (0, {})


class Watcher(OptionCycle):
    """Skips the day, or looks at prices; adds, takes away and adds again a leg."""

    skips = False

    def __init__(self, config: OptionCycleConfig) -> None:
        super().__init__(config)
        self.quoted_prices, self.starts, self.ends = list[Any](), list[Any](), 0

    def on_day_start(self, day: Start) -> bool:
        self.starts.append((day.spot, day.strike))
        day.fetch([contract("C", 726)])
        return not self.skips

    def on_day_end(self) -> None:
        self.ends += 1

    def entry_legs(self) -> dict[str, Leg]:
        return {"first": Leg(contract("C", 725), OrderSide.BUY)}

    def adjust(self) -> None:
        self.quoted_prices.append(self.price(contract("C", 726)))
        if self.legs().keys() == {"first"} and len(self.quoted_prices) == 1:
            self.add_legs({"second": Leg(contract("C", 726), OrderSide.SELL)})
        elif "second" in self.legs() and len(self.quoted_prices) == 2:
            for wrong in (
                {"second": Leg(contract("C", 727), OrderSide.BUY)},
                {"third": Leg(contract("C", 726), OrderSide.BUY)},
            ):
                with pytest.raises(ValueError, match="open already|in two legs"):
                    self.add_legs(wrong)
            self.close_leg("second")
        elif len(self.quoted_prices) == 3:
            self.add_legs({"second": Leg(contract("C", 726), OrderSide.BUY)})


def test_legs_are_adjusted_by_name():
    minute = [f"10:{n:02}" for n in range(6)]
    events = [
        e
        for m in minute
        for e in (spy(f"{m}:00"), of("C", 725, f"{m}:01", "2.00", "2.02"), of("C", 726, f"{m}:01", "1.50", "1.52"))
    ]
    events += [
        spy("15:54:00"),
        *(of("C", k, f"15:{m}:30", "1.00", "1.02") for m in (54, 55) for k in (725, 726)),
        spy("15:56:00"),
    ]
    strategy = Watcher(OptionCycleConfig(**BASE, max_quote_age_secs=100))
    day = play(strategy, sorted(events, key=lambda e: e.ts_init))
    assert deals(day) == [
        ("C725", "BUY", "2.02"), ("C726", "SELL", "1.50"), ("C726", "BUY", "1.52"), ("C726", "BUY", "1.52"),
        ("C725", "SELL", "1.00"), ("C726", "SELL", "1.00"),
    ]  # fmt: skip
    assert strategy.starts == [(725.01, 725.0)]
    assert strategy.ends == 1
    assert [c.name for c in strategy.closed] == ["second", "first", "second"]
    market = strategy.quoted_prices[0]
    assert (market.bid, market.middle, market.age) == (1.5, pytest.approx(1.51), 59.0)  # quoted at :01, a tick at :00


def test_a_day_may_be_skipped():
    strategy = Watcher(OptionCycleConfig(**BASE))
    strategy.skips = True
    day = play(strategy, [spy("10:00:00"), of("C", 725, "10:00:01", "2.00", "2.02"), spy("10:01:00"), spy("15:56:00")])
    assert (day.statuses, len(strategy.starts), strategy.phase, strategy.ends) == ([], 1, Phase.DONE, 0)


@pytest.mark.parametrize(
    ("config", "change", "rule"),
    [
        (OptionCycleConfig, {"contracts": 0}, "contracts must be greater than 0 (was 0)"),
        (OptionCycleConfig, {"entry_start": 600}, "entry_start must be a quoted time like '10:00' (was 600)"),
        (OptionCycleConfig, {"flat_minutes": 90}, "needs 0 <= flat_minutes <= last_entry_minutes (was 90, 60)"),
        (IronCondorConfig, {"wing_strikes": 0}, "wing_strikes must be greater than 0 (was 0)"),
        (StraddleConfig, {"side": "both"}, "side must be buy or sell (was 'both')"),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule(config: Any, change: dict[str, Any], rule: str):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is compared below
        config(**(BASE | change))
    assert rule in str(raised.value)


# -- in any market ---------------------------------------------------------------------------------------------------

step = st.tuples(
    st.integers(1, 900),
    st.integers(-150, 150),
    st.lists(
        st.tuples(st.sampled_from(CHAIN), st.integers(1, 400), st.integers(1, 20), st.integers(1, 30)), max_size=22
    ),
)


def market(steps: Any) -> list[Any]:
    """A day of SPY and some of its options, with the whole chain quoted now and then and around the end."""
    events, now, mid = list[Any](), at("09:55:00"), 72_500
    for seconds, move, quotes in steps:
        now, mid = now + seconds * SECOND, mid + move
        if now >= at("15:50:00"):
            break
        events.append(quote(now, f"{mid / 100:.2f}", f"{mid / 100 + 0.02:.2f}"))
        for n, option in enumerate(CHAIN):
            away = abs(float(option.strike_price) * 100 - mid)
            bid = max(1, int(300 - away))
            events.append(quote(now + n + 1, f"{bid / 100:.2f}", f"{(bid + 4) / 100:.2f}", 50, option.id))
        events.append(quote(now + SECOND, f"{mid / 100:.2f}", f"{mid / 100 + 0.02:.2f}"))
        for n, (option, bid, spread, size) in enumerate(quotes):
            events.append(
                quote(now + SECOND + n + 1, f"{bid / 100:.2f}", f"{(bid + spread) / 100:.2f}", size, option.id)
            )
    for now in range(at("15:50:00"), at("16:10:00"), 30 * SECOND):
        events += [quote(now, "725.00", "725.02"), *(quote(now, "1.00", "1.02", 1000, option.id) for option in CHAIN)]
    return events


@settings(max_examples=repeats(50, quick=20))
@given(
    steps=st.lists(step, min_size=1, max_size=30),
    strategy=st.sampled_from(["condor", "straddle", "short"]),
    cycles=st.integers(1, 3),
    latency=st.sampled_from([0, 25, 3000]),
    tick=st.sampled_from([1, 60]),
    oms=st.sampled_from([OmsType.NETTING, OmsType.HEDGING]),
)
def test_in_any_market(steps: Any, strategy: str, cycles: int, latency: int, tick: int, oms: OmsType):
    given_: dict[str, Any] = {
        "max_cycles": cycles,
        "tick_secs": tick,
        "max_quote_age_secs": 600,
        "tp_pct": 10,
        "sl_pct": 20,
    }
    cycle: OptionCycle = (
        condor(**given_) if strategy == "condor" else straddle(**given_, side="sell" if strategy == "short" else "buy")
    )
    day = play(cycle, market(steps), latency_ms=latency, oms_type=oms)
    width = 4 if strategy == "condor" else 2
    assert day.open_positions == 0
    assert cycle.phase is Phase.DONE
    assert {"FILLED", "CANCELED", "REJECTED", "DENIED"} >= set(day.statuses), "an order is left open"
    held: dict[str, float] = {}
    for fill in day.fills:
        held[fill.instrument] = held.get(fill.instrument, 0.0) + fill.signed
        assert abs(held[fill.instrument]) <= 10
        assert sum(size != 0 for size in held.values()) <= width
        if held[fill.instrument] == fill.signed:
            assert day.created[fill.order - 1] < at("15:00:00"), "entered late"
    assert not any(held.values()), "not flat at the end"
    assert cycle.cycles <= cycles
    assert not day.fills or day.fills[-1].ns <= at("15:56:00") + 2 * latency * 1_000_000


def test_a_cycle_without_legs_is_refused_before_its_first_tick():
    with pytest.raises(TypeError, match="OptionCycle names no legs to enter: define entry_legs"):
        OptionCycle(OptionCycleConfig(underlying_id="SPY.ARCA"))
