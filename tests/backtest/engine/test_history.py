"""Requests for history are answered from the catalog up to their moment, and never beyond it."""

from datetime import UTC, datetime, timedelta

import pytest

from sweep.backtest import history_kinds, run
from sweep.errors import Reason, TrialError
from tests.support import books, markets
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import trial
from tests.support.written_modules import write_module

T0 = ns("2026-05-04T14:00:00")
NOON = T0 + 2 * DAY  # the first event that is replayed
HEAD = "from datetime import UTC, datetime, timedelta\n"
CLASS = """
SEEN = []
class S(Strategy):
    def on_start(self):
        SEEN.clear()
        {start}
        SEEN.append("started")
    def on_quote(self, quote):
        self.n = getattr(self, "n", 0) + 1
        {quote}
    def take(self, events):
        assert all(e.ts_init < self.clock.timestamp_ns() for e in events)
        SEEN.append([e.ts_init for e in events])
    on_historical_quotes = on_historical_trades = on_historical_bars = on_historical_book_deltas = take
    on_historical_book_depth = take
"""


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Ten of each kind on 4, 5 and 6 May, one a second from 14:00 on."""
    stock, directory = markets.equity(), tmp_path_factory.mktemp("market")
    times = [T0 + d * DAY + i * SECOND for d in range(3) for i in range(10)]
    catalog = markets.write(
        directory,
        [stock],
        quotes=markets.quotes(stock, [(t, 100.0, 100.02) for t in times]),
        trades=markets.trades(stock, [(t, 100.0) for t in times]),
        bars=markets.bars("SPY.ARCA-1-MINUTE-LAST-EXTERNAL", [(t, 100.0, 100.0, 100.0, 100.0) for t in times]),
    )
    sides = ([(100, 5)], [(100.02, 5)])
    deltas = [d for t in times for d in books.snapshot(stock, t, *sides)]
    books.write_books(catalog, deltas=deltas, depths=[books.depth(stock, t, *sides) for t in times])
    return catalog


DATA = {
    "QuoteTick": {"instruments": ["SPY.ARCA"]},
    "TradeTick": {"instruments": ["SPY.ARCA"]},
    "Bar": {"bar_types": ["SPY.ARCA-1-MINUTE-LAST-EXTERNAL"]},
    "OrderBookDelta": {"instruments": ["SPY.ARCA"]},
    "OrderBookDepth": {"instruments": ["SPY.ARCA"]},
}
ASK = {
    "QuoteTick": "self.request_quotes(SPY{})",
    "TradeTick": "self.request_trades(SPY{})",
    "Bar": "self.request_bars(BarType.from_str('SPY.ARCA-1-MINUTE-LAST-EXTERNAL'){})",
    "OrderBookDelta": "self.request_book_deltas(SPY{})",
    "OrderBookDepth": "self.request_book_depth(SPY{})",
}


@pytest.fixture
def answers(market, tmp_path, monkeypatch):
    """Answers to a strategy that requests history in on_start, or in on_quote."""

    def ask(start="pass", quote="pass", *, begin="2026-05-06", kinds=tuple(DATA), **sections):
        module = write_module(tmp_path, monkeypatch, HEAD + CLASS.format(start=start, quote=quote))
        data = [{"type": kind, **DATA[kind]} for kind in kinds]
        backtest = trial(market, {"path": f"{module.__name__}:S"}, start=f"{begin}T00:00:00Z", data=data)
        ask.outcome = run(backtest | {"history": history_kinds(backtest)} | sections)
        return module.SEEN

    return ask


LISTEN = "self.subscribe_quotes(SPY)"


def day(number, count=10):
    return [T0 + number * DAY + i * SECOND for i in range(count)]


@pytest.mark.parametrize("kind", ASK)
def test_all_of_each_kind_before_the_first_event_after_on_start_has_returned(answers, kind):
    each = 3 if kind == "OrderBookDelta" else 1  # a snapshot is three deltas
    expected = sorted((day(0) + day(1)) * each)
    assert answers(ASK[kind].format("")) == ["started", expected]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (", limit=3", day(1)[-3:]),
        (", limit=15", day(0)[-5:] + day(1)),
        (", limit=100", day(0) + day(1)),
        (", start=datetime(2026, 5, 5, tzinfo=UTC)", day(1)),
        (", end=datetime(2026, 5, 4, 14, 0, 2, tzinfo=UTC)", day(0, 3)),
        (", datetime(2026, 5, 4, 14, 0, 8, tzinfo=UTC), datetime(2026, 5, 5, 14, tzinfo=UTC)", day(0)[8:] + day(1, 1)),
        (", start=self.clock.utc_now() - timedelta(days=1)", day(1)),
        (", end=self.clock.utc_now()", day(0) + day(1)),
        (", start=self.clock.utc_now() - timedelta(seconds=1)", []),
    ],
)
def test_start_end_and_limit(answers, options, expected):
    assert answers(ASK["QuoteTick"].format(options)) == ["started", expected]
    assert answers(ASK["Bar"].format(options)) == ["started", expected]


@pytest.mark.parametrize("n", [1, 2, 10])
def test_nothing_of_the_moment_of_the_request_or_later(answers, n):
    # At the n-th quote of the day: those before it, and not the one that is being handled.
    assert answers(LISTEN, quote=f"if self.n == {n}: {ASK['QuoteTick'].format('')}")[1] == day(0) + day(1) + day(
        2, n - 1
    )
    assert (
        answers(LISTEN, quote=f"if self.n == {n}: {ASK['TradeTick'].format(', limit=1')}")[1]
        == (day(1) + day(2, n - 1))[-1:]
    )


def test_a_later_end_is_refused_by_the_engine(answers):
    with pytest.raises(TrialError, match="end was > now"):
        answers(ASK["QuoteTick"].format(", end=self.clock.utc_now() + timedelta(seconds=1)"))


def test_a_request_of_a_timer_is_answered_at_once(answers):
    request = ASK["QuoteTick"].format(", limit=1")
    alert = f"self.clock.set_time_alert_ns('x', self.clock.timestamp_ns() + 1, lambda event: {request} and None)"
    assert answers(alert) == ["started", day(2, 1)]


def test_a_request_of_an_answer_is_answered(answers):
    first = f"self.on_historical_quotes = lambda quotes: {ASK['TradeTick'].format(', limit=2')} and None"
    assert answers(f"{first}; {ASK['QuoteTick'].format('')}") == ["started", day(1)[-2:]]


def test_an_empty_history_is_an_answer_and_a_warning(answers):
    assert answers(ASK["QuoteTick"].format(""), begin="2026-05-04") == ["started", []]
    moment = "2026-05-04T14:00:00Z"
    assert f"request_quotes(SPY.ARCA) at {moment}: the catalog has nothing before" in answers.outcome.warnings


def test_an_exception_in_an_answer_is_the_strategys(answers):
    with pytest.raises(TrialError) as caught:
        answers(f"self.take = None; {ASK['QuoteTick'].format(', limit=1')}; self.on_historical_quotes = 3")
    assert caught.value.reason is Reason.STRATEGY


@pytest.mark.parametrize("kind", ["TradeTick", "Bar", "OrderBookDelta"])
def test_a_request_for_what_the_data_lacks(answers, kind):
    with pytest.raises(TrialError) as caught:
        answers(ASK[kind].format(""), kinds=("QuoteTick",))
    assert caught.value.reason is Reason.GUARD
    allowed = {"allow": [f"{kind} {next(iter(DATA[kind].values()))[0]}"]}
    assert f"data_missing: {allowed}".replace("{'allow'", "{allow") in caught.value.message
    assert answers(ASK[kind].format(""), kinds=("QuoteTick",), data_missing=allowed) == ["started"]


@pytest.mark.parametrize(
    ("statement", "remedy"),
    [
        ("self.request_book_snapshot(SPY)", "self.cache.order_book"),
        ("from nautilus_trader.model import ClientId, DataType; self.request_data(DataType('X'), ClientId('X'))",
         "subscribe_data"),
        ("self.request_instrument(InstrumentId.from_str('X.ARCA'))", "list data of it under `data:`"),
        ("getattr(self, 'request_' + 'quotes')(SPY)", "write self.request_quotes("),
    ],
)  # fmt: skip
def test_requests_that_have_no_answer(answers, statement, remedy):
    with pytest.raises(TrialError) as caught:
        answers(statement)
    assert (caught.value.reason, remedy in caught.value.message) == (Reason.GUARD, True)


@pytest.mark.parametrize("statement", ["self.request_instrument(SPY)", "self.request_instruments(SPY.venue)"])
def test_instruments_are_answered_from_the_cache(answers, statement):
    assert answers(f"self.on_instrument = lambda i: SEEN.append(str(i.id)); {statement}") == ["started", "SPY.ARCA"]


MINUTES = "BarType.from_str('SPY.ARCA-1-MINUTE-LAST-{}')"
INDICATORS = (
    "from nautilus_trader.indicators import SimpleMovingAverage; from nautilus_trader.model import PriceType; "
    "sma = self.sma = SimpleMovingAverage(20, PriceType.{})"
)


@pytest.mark.parametrize(
    ("register", "ask", "inputs"),
    [
        (f"self.register_indicator_for_bars({MINUTES.format('EXTERNAL')}, sma)", ASK["Bar"].format(""), 20),
        (f"self.register_indicator_for_bars(bar_type={MINUTES.format('INTERNAL')}, indicator=sma)",
         ASK["Bar"].format(", limit=7"), 7),  # the engine tells bars by their length alone
        ("self.register_indicator_for_quote_ticks(SPY, sma)", ASK["QuoteTick"].format(""), 20),
        ("self.register_indicator_for_trade_ticks(SPY, indicator=sma)", ASK["TradeTick"].format(", limit=3"), 3),
        ("[self.register_indicator_for_quote_ticks(SPY, sma) for _ in 'ab']", ASK["QuoteTick"].format(", limit=5"), 5),
        ("self.register_indicator_for_trade_ticks(SPY, sma)", ASK["QuoteTick"].format(""), 0),
    ],
)  # fmt: skip
def test_registered_indicators_are_fed_before_the_answer_arrives(answers, register, ask, inputs):
    """As the engine does in live trading: crates/common/src/actor/data_actor.rs, handle_bars_response."""
    take = "self.on_historical_quotes = self.on_historical_trades = self.on_historical_bars"
    answer = f"{take} = lambda rows: SEEN.append((len(rows), sma.count))"
    indicators = INDICATORS.format("MID" if "quote" in register else "LAST")
    ((_, count),) = [entry for entry in answers(f"{indicators}; {register}; {ask}; {answer}") if entry != "started"]
    assert count == inputs


def test_an_indicator_is_warm_with_the_first_event(answers):
    register = f"{INDICATORS.format('MID')}; self.register_indicator_for_quote_ticks(SPY, sma)"
    entries = answers(
        f"{register}; {LISTEN}; {ASK['QuoteTick'].format('')}",
        quote="self.n == 1 and SEEN.append((self.sma.initialized, self.indicators_initialized()))",
    )
    assert entries[-1] == (True, True)


def test_an_indicator_that_raises_is_named(answers):
    start = f"{INDICATORS.format('LAST')}; self.register_indicator_for_quote_ticks(SPY, sma)"
    with pytest.raises(TrialError, match="the indicator SimpleMovingAverage, fed with history, raised ValueError"):
        answers(f"{start}; {ASK['QuoteTick'].format('')}")


def test_the_moments_of_the_test_are_those_of_the_market():
    assert datetime.fromtimestamp(NOON / 1e9, UTC) == datetime(2026, 5, 6, 14, tzinfo=UTC)
    assert timedelta(days=1).total_seconds() * 1e9 == DAY
