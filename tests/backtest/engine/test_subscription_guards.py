"""Subscriptions that never deliver end the trial with a remedy; the remedy helps."""

import re

import pytest
import yaml

from sweep.backtest import run
from sweep.errors import Reason, TrialError
from tests.support import books, markets
from tests.support.markets import SECOND, ns
from tests.support.trials import trial
from tests.support.written_modules import line_of, write_module

T0 = ns("2026-05-04T14:00:00")
CLASS = """
class S(Strategy):
    def on_start(self):
        self.subscribe_quotes(SPY)
        {}
    def on_quote(self, quote): pass
    def on_signal(self, signal): pass
"""


@pytest.fixture
def written(spy, tmp_path, monkeypatch):
    """A backtest of a strategy whose on_start ends with a statement."""

    def make(statement, more="", **sections):
        module = write_module(tmp_path, monkeypatch, CLASS.format(statement) + more)
        return trial(spy, {"path": f"{module.__name__}:S"}) | sections

    return make


def failure(backtest):
    with pytest.raises(TrialError) as caught:
        run(backtest)
    assert caught.value.reason is Reason.GUARD
    return caught.value.message


NOTHING = {  # a subscription: what is missing
    "self.subscribe_signal('go')": "Signal go",
    "self.subscribe_signal(name='go')": "Signal go",
    "self.subscribe_signal()": "Signal *",
    "self.subscribe_topic('x', print)": "Topic x",
    "self.subscribe_topic('orders.*', print)": "Topic orders.*",
    "self.subscribe_trades(SPY)": "TradeTick SPY.ARCA",
    "self.subscribe_bars(BarType.from_str('SPY.ARCA-1-MINUTE-LAST-EXTERNAL'))": "Bar SPY.ARCA-1-MINUTE-LAST-EXTERNAL",
    "self.subscribe_bars(BarType.from_str('SPY.ARCA-1-MINUTE-LAST-INTERNAL'))": "Bar SPY.ARCA-1-MINUTE-LAST-INTERNAL",
    "self.subscribe_book_deltas(SPY, BookType.L2_MBP)": "OrderBookDelta SPY.ARCA",
    "self.subscribe_quotes(InstrumentId.from_str('X.NOWHERE'))": "QuoteTick X.NOWHERE",
    "from nautilus_trader.model import DataType; self.subscribe_data(DataType('Score'))": "Score",
}


@pytest.mark.parametrize("statement", NOTHING)
def test_what_never_comes_fails_unless_the_spec_allows_it(written, statement):
    message = failure(written(statement))
    allowed = yaml.safe_load(re.search(r"data_missing: (\{.*?\})", message)[1])  # the remedy as it is written
    assert allowed == {"allow": [NOTHING[statement]]}
    outcome = run(written(statement, data_missing=allowed))
    assert f"{NOTHING[statement]} is not in the trial's data" in " ".join(outcome.warnings)
    kind = NOTHING[statement].partition(" ")[0]
    assert run(written(statement, data_missing={"allow": [f"{kind}*"]})).state == outcome.state
    assert failure(written(statement, data_missing={"allow": ["Nothing else"]}))


def test_the_message_has_the_line(written, tmp_path):
    message = failure(written("self.subscribe_signal('go')"))
    (file,) = tmp_path.glob("written_*.py")
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "subscribe_signal" in text)
    assert f"{file.name}:{line})" in message


@pytest.mark.parametrize(
    ("statement", "publisher"),
    [
        ("self.subscribe_signal('go')", "self.publish_signal('go', 1.0)"),
        ("self.subscribe_signal('go')", "self.publish_signal(str(quote), 1.0)"),
        ("self.subscribe_signal()", "self.publish_signal('go', 1.0)"),
        ("self.subscribe_topic('x', print)", "self.publish_message('x', 1)"),
        ("self.subscribe_topic('orders.*', print)", "self.publish_message('orders.new', 1)"),
    ],
)
def test_what_the_users_code_may_publish_is_no_fault(written, statement, publisher):
    more = f"    def later(self, quote): {publisher}\n"  # not called in this trial
    assert run(written(statement, more)).metrics["orders"] == 0


@pytest.mark.parametrize(
    ("statement", "publisher"),
    [
        ("self.subscribe_signal('go')", "self.publish_signal('gone', 1.0)"),
        ("self.subscribe_topic('x', print)", "self.publish_message('y', 1)"),
        ("self.subscribe_topic('orders.*', print)", "self.publish_signal('orders.new', 1)"),
    ],
)
def test_another_name_is_another_signal(written, statement, publisher):
    assert "nothing in the trial publishes" in failure(written(statement, f"    def later(self): {publisher}\n"))


# -- order books of the cache ------------------------------------------------------------------------------------------

BOOK = """
class S(Strategy):
    def on_start(self):
        self.subscribe_quotes(SPY)
        {}
    def on_book_deltas(self, deltas):
        {}
"""


@pytest.fixture(scope="module")
def deep(tmp_path_factory):
    """Ten quotes and ten snapshots of a book."""
    stock, directory = markets.equity(), tmp_path_factory.mktemp("deep")
    rows = [(T0 + i * SECOND, 100.0, 100.02) for i in range(10)]
    catalog = markets.write(directory, [stock], quotes=markets.quotes(stock, rows))
    deltas = [d for i in range(10) for d in books.snapshot(stock, T0 + i * SECOND, [(100, 5)], [(100.02, 5)])]
    books.write_books(catalog, deltas=deltas)
    return catalog


def on_book(catalog, module):
    names = {"instruments": ["SPY.ARCA"]}
    data = [{"type": "QuoteTick", **names}, {"type": "OrderBookDelta", **names}]
    return trial(catalog, {"path": f"{module.__name__}:S"}, data=data)


READS = [
    "self.cache.order_book(SPY)",
    "ask = self.cache.order_book; ask(SPY)",
    "self.cache.has_order_book(SPY)",
    "book = self.cache.order_book(instrument_id=SPY)",
]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("options", ["", ", None, None, False", ", managed=False"])
def test_a_book_that_the_cache_never_holds(deep, tmp_path, monkeypatch, read, options):
    subscription = f"self.subscribe_book_deltas(SPY, BookType.L2_MBP{options})"
    module = write_module(tmp_path, monkeypatch, BOOK.format(subscription, read))
    message = failure(on_book(deep, module))
    assert message.startswith(f"{module.__name__}.py:{line_of(module, read)} asks the cache for an order book")
    assert "add managed=True to subscribe_book_deltas(SPY.ARCA, …)" in message
    managed = "self.subscribe_book_deltas(SPY, BookType.L2_MBP, managed=True)"
    assertion = "assert self.cache.order_book(SPY).best_bid_price() == Price(100, 2)"
    more = f"    def on_stop(self): {assertion}\n"
    module = write_module(tmp_path, monkeypatch, BOOK.format(managed, read) + more)
    assert run(on_book(deep, module)).metrics["orders"] == 0


@pytest.mark.parametrize(
    ("subscription", "read"),
    [
        ("self.subscribe_book_deltas(SPY, BookType.L2_MBP)", "pass"),
        ("pass", "self.cache.order_book(SPY)"),
        ("self.subscribe_book_deltas(SPY, BookType.L2_MBP, None, None, True)", "self.cache.order_book(SPY)"),
        ("self.subscribe_book_at_interval(SPY, BookType.L2_MBP, 1000)", "self.cache.order_book(SPY)"),
    ],
)
def test_books_that_are_not_asked_for_or_that_are_there(deep, tmp_path, monkeypatch, subscription, read):
    module = write_module(tmp_path, monkeypatch, BOOK.format(subscription, read))
    assert run(on_book(deep, module)).metrics["orders"] == 0


@pytest.mark.parametrize("read", ["order_book(SPY)", "has_order_book(SPY)", "book_update_count(SPY)"])
def test_a_book_that_nothing_subscribes_to_is_told(written, read):
    backtest = written(f"self.cache.{read}")
    warnings = [w for w in run(backtest).warnings if "order book" in w]
    assert len(warnings) == 1
    assert re.fullmatch(
        r"\w+\.py:\d+ asks the cache for an order book, which is never there: the trial subscribes to none", warnings[0]
    )
