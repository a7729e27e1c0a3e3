"""Hand-worked days of ScoreBracket on 0DTE options. 10 contracts of 100 shares, 65 cents a contract and way.

SPY stands at 725.00 bid, 725.02 ask: the middle is 725.01, and the strike at the money 725. Take-profit 20 % and
stop-loss 30 % of the premium: a call bought at 2.14 has its target at 2.14 × 1.2 = 2.568 → 2.57 and its stop at
2.14 × 0.7 = 1.498 → 1.50, both rounded up to the cent. Fees of a round trip: 2 × 10 × 0.65 = 13.00.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.execution import PerContractFeeModel
from nautilus_trader.model import InstrumentId, Money, OptionKind, OtoTriggerMode, QuoteTick

from sweep.strategies.score_bracket import ScoreBracket, ScoreBracketConfig
from sweep.strategies.strikes import Chain, around, at_the_money, delta, nearest_delta, strikes_out
from tests.strategies.market import SPY, Day, at, quote, score, trade
from tests.support import markets
from tests.support.effort import repeats

SECOND = 1_000_000_000


def contract(kind: str, strike: int, day: int = 4) -> Any:
    return markets.option(f"SPY2605{day:02}{kind}{strike * 1000:08}.SMART", expires=f"2026-05-{day:02}T20:00:00")


CHAIN = [contract(kind, strike) for strike in range(722, 729) for kind in "CP"]
FEE = PerContractFeeModel(Money.from_str("0.65 USD"))


def options(**config: Any) -> ScoreBracket:
    base: dict[str, Any] = {
        "instrument_id": str(SPY),
        "trade_size": 10,
        "tp_pct": 20,
        "sl_pct": 30,
        "strike_rule": "atm",
    }
    return ScoreBracket(ScoreBracketConfig(**(base | {"score_threshold": 65} | config)))


def of(kind: str, strike: int, clock: str, bid: str, ask: str, size: int = 1000, ms: int = 0) -> QuoteTick:
    return quote(at(clock) + ms * 1_000_000, bid, ask, size, contract(kind, strike).id)


def play(strategy: ScoreBracket, *events: Any, **venue: Any) -> Day:
    """After SPY at 10:00:00, what is given."""
    first = quote(at("10:00:00"), "725.00", "725.02")
    return trade(strategy, [first, *events], instruments=CHAIN, **{"fee_model": FEE, **venue})


def bought(day: Day) -> list[str]:
    return [fill.instrument.partition(".")[0][-9:] for fill in day.fills if fill.side == "BUY"]


def test_a_day():
    day = play(
        options(),
        of("C", 725, "10:00:00", "2.00", "2.04"),  # before the score: not seen, though it would be cheaper
        score(at("10:00:01"), 80),  # asks for the 725 call
        of("C", 724, "10:00:02", "2.70", "2.76"),  # not asked for
        of("C", 725, "10:00:03", "2.10", "2.14"),  # its first quote after the score: bought at 2.14
        of("C", 725, "10:04:00", "2.55", "2.59"),  # two cents short of the target
        score(at("10:04:30"), 90),  # one position at a time: nothing
        of("C", 725, "10:05:00", "2.58", "2.62"),  # beyond it: sold at the limit, 2.57
        quote(at("10:10:00"), "724.00", "724.02"),  # SPY falls: at the money is 724
        score(at("10:10:00"), 70, "bearish"),  # asks for the 724 put
        of("P", 724, "10:10:05", "1.96", "2.00"),  # bought at 2.00: target 2.40, stop 1.40
        of("P", 724, "10:20:00", "1.38", "1.42"),  # gaps through the stop: sold at the bid, 1.38
        of("P", 724, "10:21:00", "3.00", "3.04"),  # too late
    )
    assert [(f.instrument[9:18], *deal) for f, deal in zip(day.fills, day.deals(), strict=True)] == [
        ("C00725000", "BUY", 10, "2.14"),
        ("C00725000", "SELL", 10, "2.57"),
        ("P00724000", "BUY", 10, "2.00"),
        ("P00724000", "SELL", 10, "1.38"),
    ]
    # 1000 × (2.57 - 2.14) = 430.00; 1000 × (1.38 - 2.00) = -620.00; fees 2 × 13.00 = 26.00
    assert day.pnl == Decimal("-216.00")
    assert day.statuses == ["FILLED", "CANCELED", "FILLED", "FILLED", "FILLED", "CANCELED"]  # entry, stop, target


@pytest.mark.parametrize(
    ("rule", "bias", "chosen"),
    [
        ({"strike_rule": "atm"}, "bullish", "C00725000"),
        ({"strike_rule": "atm"}, "bearish", "P00725000"),
        ({"strike_rule": "out", "strikes_out": 2}, "bullish", "C00727000"),
        ({"strike_rule": "out", "strikes_out": 2}, "bearish", "P00723000"),
        ({"strike_rule": "out", "strikes_out": -1}, "bullish", "C00724000"),
        ({"strike_rule": "out", "strikes_out": 4}, "bullish", None),  # 729 is not listed
    ],
)
def test_strikes_by_rule(rule: dict[str, Any], bias: str, chosen: str | None):
    quotes = [of(kind, strike, "10:00:02", "1.00", "1.04") for strike in range(722, 729) for kind in "CP"]
    assert bought(play(options(**rule), score(at("10:00:01"), 80, bias), *quotes)) == ([chosen] if chosen else [])


def test_the_nearest_delta_is_bought():
    # Middles of 2.03, 1.53, 1.11 and 0.78 for the strikes 725 … 728 imply deltas of about 0.50, 0.41, 0.33 and 0.25.
    prices = {725: ("2.01", "2.05"), 726: ("1.51", "1.55"), 727: ("1.09", "1.13"), 728: ("0.76", "0.80")}
    quotes = [of("C", strike, "10:00:02", *prices[strike], ms=strike - 720) for strike in prices]
    shape: dict[str, Any] = {"strike_rule": "delta", "option_width": 3}
    late = of("C", 722, "10:00:15", "3.70", "3.80"), of("C", 723, "10:00:15", "3.05", "3.15")
    for wished, chosen in ((0.42, "C00726000"), (0.32, "C00727000"), (0.05, "C00728000")):
        events = (score(at("10:00:01"), 80), *quotes, *late, of("C", 724, "10:00:16", "2.50", "2.60"))
        assert bought(play(options(**shape, option_delta=wished), *events)) == [chosen]
    # Without a quote of the 724 the wait ends after 20 seconds, at the next quote of anything: then the others decide.
    events = (score(at("10:00:01"), 80), *quotes, *late, *(of("C", s, "10:00:30", *prices[s]) for s in prices))
    day = play(options(**shape, option_delta=0.32), *events)
    assert bought(day) == ["C00727000"]
    assert day.created[0] == at("10:00:21")


def test_delta_is_that_of_the_formula():
    # Black-Scholes by hand: S 100, K 100, vol 20 %, T a quarter: d1 = 0.2 × 0.5 / 2 = 0.05, delta N(0.05) = 0.5199,
    # value 100 (N(0.05) - N(-0.05)) = 3.9878. A delta implied by a price does not depend on the length of a year.
    call = markets.option("SPY260504C00100000.SMART")
    now = call.expiration_ns - 5 * 3600 * SECOND
    assert delta(call, 100.0, 3.98776, now) == pytest.approx(0.51994, abs=1e-5)
    assert delta(call, 100.0, 3.98776, now - 3600 * SECOND) == pytest.approx(0.51994, abs=1e-5)
    put = markets.option("SPY260504P00100000.SMART")
    assert delta(put, 100.0, 3.98776, now) == pytest.approx(1 - 0.51994, abs=1e-5)  # its size
    assert delta(call, 103.0, 2.5, now) is None  # below what it is worth at once
    assert delta(call, 100.0, 3.9, call.expiration_ns) is None


def test_a_chain_knows_expirations_and_strikes():
    chain = Chain([*CHAIN, contract("C", 725, 5), markets.equity(), markets.option("QQQ260504C00725000.SMART")], "SPY")
    noon, close = at("12:00:00"), at("16:00:00")
    calls = chain.expiring(noon, close, OptionKind.CALL)
    assert [int(float(c.strike_price)) for c in calls] == list(range(722, 729))
    assert len(chain.expiring(close + 1, close + 86_400 * SECOND, OptionKind.CALL)) == 1
    assert chain.expiring(close + 1, close + 2, OptionKind.CALL) == ()
    assert [at_the_money(calls, spot) for spot in (700.0, 725.4, 725.5, 725.6, 800.0)] == [0, 3, 3, 4, 6]
    assert [c.strike_price.as_decimal() for c in around(calls, 722.1, 1)] == [722, 723]
    assert strikes_out(calls, 728.0, 1) is None
    assert nearest_delta(calls, {}, 725.0, 0.5, noon) is None


def test_no_quote_no_trade():
    day = play(
        options(),
        score(at("10:00:01"), 80),
        quote(at("10:00:30"), "725.00", "725.02"),
        of("C", 725, "10:00:31", "2.00", "2.04"),
    )
    assert day.statuses == []  # the contract was quoted 30 seconds later; an event waits 20


def test_limits_of_number_and_time():
    entry = of("C", 725, "10:00:02", "2.00", "2.04"), of("C", 725, "10:00:03", "2.60", "2.64")  # bought, sold at 2.45
    again = (
        score(at("10:01:00"), 80),
        of("C", 725, "10:01:01", "2.00", "2.04"),
        of("C", 725, "10:01:02", "2.60", "2.64"),
    )
    assert len(play(options(), score(at("10:00:01"), 80), *entry, *again).fills) == 4
    assert len(play(options(max_trades_per_session=1), score(at("10:00:01"), 80), *entry, *again).fills) == 2
    late = (
        quote(at("15:44:59"), "725.00", "725.02"),
        score(at("15:44:59"), 80),
        of("C", 725, "15:45:00", "2.00", "2.04"),
    )
    assert play(options(), *late).statuses == []  # the score came in time, its quote did not


def test_it_is_flat_before_the_expiration():
    early = score(at("10:00:01"), 80), of("C", 725, "10:00:02", "2.00", "2.04")  # at 2.04: target 2.45, stop 1.43
    day = play(options(), *early, of("C", 725, "15:54:59", "1.50", "1.54"), of("C", 725, "15:55:01", "1.52", "1.56"))
    assert [(f.side, f.price) for f in day.fills] == [("BUY", "2.04"), ("SELL", "1.50")]  # of 15:55:00, at the last bid
    assert day.open_positions == 0


def test_many_positions_one_in_each_contract():
    quotes = [of("C", 725, "10:00:02", "2.00", "2.04"), of("C", 727, "10:05:02", "1.00", "1.04")]
    events = [
        score(at("10:00:01"), 80),
        quotes[0],
        score(at("10:01:00"), 80),  # the same contract again: no
        of("C", 725, "10:01:01", "2.00", "2.04"),
        quote(at("10:05:00"), "726.99", "727.01"),
        score(at("10:05:01"), 80),  # another one
        quotes[1],
        quote(at("10:06:00"), "724.00", "724.02"),
        score(at("10:06:01"), 80),  # a third is too many
        of("C", 724, "10:06:02", "2.00", "2.04"),
    ]
    assert bought(play(options(max_positions=2), *events)) == ["C00725000", "C00727000"]
    assert bought(play(options(), *events)) == ["C00725000"]


def test_a_limit_stands_in_the_middle_and_is_given_up():
    # 2.00 bid, 2.05 ask: the middle of 2.025 is rounded down to 2.02. Nobody sells there within 30 seconds.
    entry = score(at("10:00:01"), 80), of("C", 725, "10:00:02", "2.00", "2.05")
    day = play(
        options(entry="limit"),
        *entry,
        of("C", 725, "10:00:33", "1.90", "1.95"),
        of("C", 725, "10:00:40", "1.90", "1.95"),
    )
    assert (day.fills, day.created[0]) == ([], at("10:00:02"))
    assert day.statuses == ["CANCELED", "CANCELED", "CANCELED"]
    # Somebody does, for 4 of 10: the rest is given up, and the 4 have their exits: target 2.02 × 1.2 = 2.424 → 2.43.
    some = of("C", 725, "10:00:10", "1.98", "2.02", 4), of("C", 725, "10:00:31", "2.03", "2.07")
    day = play(
        options(entry="limit"),
        *entry,
        *some,
        of("C", 725, "10:00:33", "2.03", "2.07"),
        of("C", 725, "10:10:00", "2.44", "2.48"),
    )
    assert day.deals() == [("BUY", 4, "2.02"), ("SELL", 4, "2.43")]
    assert day.pnl == Decimal("158.80")  # 400 × 0.41 = 164.00, less 8 × 0.65 = 5.20


def test_a_part_of_a_limit_whose_exits_never_came_is_closed():
    # Exits that the venue arms only when the entry is filled whole: 4 of 10 are filled, the rest is given up after 30
    # seconds, and the 4 would be without exits: they are sold at the bid.
    events = [
        score(at("10:00:01"), 80),
        of("C", 725, "10:00:02", "2.00", "2.05"),
        of("C", 725, "10:00:10", "1.98", "2.02", 4),
        of("C", 725, "10:00:31", "2.03", "2.07"),
        of("C", 725, "10:00:33", "2.03", "2.07"),
        of("C", 725, "10:10:00", "2.44", "2.48"),
    ]
    day = play(options(entry="limit"), *events, oto_trigger_mode=OtoTriggerMode.FULL)
    assert day.deals() == [("BUY", 4, "2.02"), ("SELL", 4, "2.03")]


class Deaf(ScoreBracket):
    """Whose exits are lost at the venue: it does not hear of it either."""

    def on_order_canceled(self, event: Any) -> None:
        pass

    def on_quote(self, quote: QuoteTick) -> None:
        super().on_quote(quote)
        if str(quote.bid_price) == "1.44":
            for order in self.cache.orders_open(instrument_id=quote.instrument_id):
                self.cancel_order(order.client_order_id)


@pytest.mark.parametrize(("is_on", "sold"), [(False, "0.50"), (True, "1.40")])
def test_dual_protection_closes_where_an_exit_should_have(is_on: bool, sold: str):
    strategy = Deaf(options(dual_protection=is_on).config)
    events = [
        score(at("10:00:01"), 80),
        of("C", 725, "10:00:02", "2.00", "2.04"),  # stop at 1.43
        of("C", 725, "10:01:00", "1.44", "1.48"),
        of("C", 725, "10:02:00", "1.40", "1.44"),  # below the stop that is not there any more
        of("C", 725, "15:54:00", "0.50", "0.54"),
        of("C", 725, "15:56:00", "0.50", "0.54"),
    ]
    assert play(strategy, *events).fills[-1].price == sold


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"strike_rule": "best"}, "strike_rule must be one of none, atm, delta, out (was 'best')"),
        ({"option_delta": 1}, "option_delta must be between 0 and 1 (was 1)"),
        ({"option_days": -1}, "option_days must be at least 0 (was -1)"),
        ({"max_positions": 0}, "max_positions must be at least 1 (was 0)"),
        ({"quote_wait_secs": 0}, "quote_wait_secs must be greater than 0 (was 0)"),
        ({"entry": "stop"}, "entry must be market or limit (was 'stop')"),
        ({"entry_timeout_secs": 0}, "entry_timeout_secs must be greater than 0 (was 0)"),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule(change: dict[str, Any], rule: str):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is compared below
        options(**change)
    assert rule in str(raised.value)


def test_without_options_there_is_nothing_to_choose_from():
    with pytest.raises(RuntimeError, match="there are no options on SPY"):
        trade(options(), [quote(at("10:00:00"), "1", "2")])


# -- in any market ---------------------------------------------------------------------------------------------------

step = st.tuples(
    st.integers(1, 900),  # seconds since the last step
    st.integers(-150, 150),  # cents that SPY moves
    st.sampled_from(["", "bullish", "bearish"]),
    st.lists(
        st.tuples(st.sampled_from(CHAIN), st.integers(1, 400), st.integers(1, 20), st.integers(1, 30)), max_size=8
    ),
)
rules: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "strike_rule": st.sampled_from(["atm", "delta", "out"]),
        "option_width": st.integers(0, 3),
        "strikes_out": st.integers(-2, 2),
        "entry": st.sampled_from(["market", "limit"]),
        "dual_protection": st.booleans(),
        "max_positions": st.integers(1, 3),
        "max_trades_per_session": st.sampled_from([None, 1, 3]),
        "tp_pct": st.sampled_from([10, 80]),
        "sl_pct": st.sampled_from([15, 50]),
    }
)


def market(steps: list[tuple[int, int, str, list[tuple[Any, int, int, int]]]]) -> list[Any]:
    """A day of SPY and some of its options; each is quoted every half minute around the end."""
    events: list[Any] = []
    now, mid = at("09:30:00"), 72_500
    for seconds, move, bias, quotes in steps:
        now, mid = now + seconds * SECOND, mid + move
        if now >= at("15:50:00"):
            break
        events.append(quote(now, f"{mid / 100:.2f}", f"{mid / 100 + 0.02:.2f}"))
        if bias:
            events.append(score(now, 80, bias))
        for n, (option, bid, spread, size) in enumerate(quotes, 1):
            events.append(
                quote(now + n * SECOND // 10, f"{bid / 100:.2f}", f"{(bid + spread) / 100:.2f}", size, option.id)
            )
    for now in range(at("15:50:00"), at("16:00:00"), 30 * SECOND):
        events += [quote(now, "725.00", "725.02"), score(now, 80)]
        events += [quote(now, "1.00", "1.02", 1000, option.id) for option in CHAIN]
    return events


@settings(max_examples=repeats(60, quick=25))
@given(
    steps=st.lists(step, min_size=1, max_size=40),
    given_rules=rules,
    latency=st.sampled_from([0, 25, 3000]),
    mode=st.sampled_from([OtoTriggerMode.PARTIAL, OtoTriggerMode.FULL]),
)
def test_in_any_market(steps: Any, given_rules: dict[str, Any], latency: int, mode: OtoTriggerMode):
    day = play(options(**given_rules), *market(steps), latency_ms=latency, oto_trigger_mode=mode)
    assert day.open_positions == 0
    assert {"FILLED", "CANCELED", "REJECTED", "DENIED"} >= set(day.statuses), "an order is left open"
    held: dict[str, float] = {}
    first: dict[int, str] = {}
    for fill in day.fills:
        before = held.get(fill.instrument, 0.0)
        held[fill.instrument] = before + fill.signed
        assert 0 <= held[fill.instrument] <= 10, "sold more than it had, or bought twice"
        if fill.side == "BUY":
            first.setdefault(fill.order, fill.instrument)
            assert day.created[fill.order - 1] < at("15:45:00"), "entered late"
        assert sum(size > 0 for size in held.values()) <= given_rules["max_positions"]
        assert fill.instrument != str(SPY)
    assert not any(held.values()), "not flat at the end"
    assert day.fills[-1].ns <= at("15:56:00") + 2 * latency * 1_000_000 if day.fills else True
    most = given_rules["max_trades_per_session"]
    assert most is None or len(first) <= most


def test_ids_are_those_of_the_market():
    assert contract("C", 727).id == InstrumentId.from_str("SPY260504C00727000.SMART")
