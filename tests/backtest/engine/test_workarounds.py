"""Each observation that a workaround is for still holds on a plain engine, with the version that is installed."""

import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.execution import DefaultFillModel, MakerTakerFeeModel
from nautilus_trader.model import (
    AccountType,
    BookType,
    Currency,
    InstrumentId,
    Money,
    OmsType,
    OrderSide,
    Quantity,
    Venue,
)
from nautilus_trader.trading import Strategy, StrategyConfig

from sweep.backtest.engine.engine_factory import only_engine
from sweep.backtest.engine.error_log import error_log
from sweep.backtest.engine.workarounds import SEEN_WITH, WORKAROUNDS
from tests.support import books, markets
from tests.support.markets import SECOND, ns

T0 = ns("2026-05-04T14:00:00")
SPY = InstrumentId.from_str("SPY.ARCA")
STOCK = markets.equity()
QUOTES = markets.quotes(STOCK, [(T0 + i * SECOND, 100.0 + i % 3, 100.02 + i % 3) for i in range(20)])
SEEN = {}


def observed(name):
    """A test of the observation of a workaround."""

    def mark(function):
        SEEN[name] = function
        return function

    return mark


def engine(strategy=None, *, stops=False, fill_model=None):
    config = BacktestEngineConfig(logging=error_log().config(), shutdown_on_error=stops)
    new = BacktestEngine(config)
    fees = MakerTakerFeeModel("0", "0")
    models = {} if fill_model is None else {"fill_model": fill_model}
    balances = [Money.from_str("100000 USD")]
    new.add_venue(Venue("ARCA"), OmsType.NETTING, AccountType.MARGIN, balances, fee_model=fees, **models)
    new.add_instrument(STOCK)
    if strategy:
        new.add_strategy(strategy)
    return new


def played(strategy, data=QUOTES, **options):
    """An engine that replayed these events to a strategy."""
    ended = engine(strategy, **options)
    ended.add_data(data, validate=False)
    ended.run()
    return ended


class Buyer(Strategy):
    """Buys one at each quote, and keeps the first order."""

    def on_start(self):
        self.subscribe_quotes(SPY)
        self.first = None

    def on_quote(self, quote):
        order = self.order_factory.market(SPY, OrderSide.BUY, Quantity.from_int(1))
        self.first = self.first or order
        self.submit_order(order)


class Raiser(Buyer):
    """Raises at its first quote, after the order."""

    def on_quote(self, quote):
        super().on_quote(quote)
        raise ValueError("boom")


class Asker(Strategy):
    """Asks for and subscribes to what does not come."""

    def on_start(self):
        self.heard = []
        self.request_quotes(SPY)
        self.subscribe_trades(SPY)
        self.subscribe_book_deltas(SPY, BookType.L2_MBP)

    def on_historical_quotes(self, quotes):
        self.heard.append("quotes")

    def on_trade(self, trade):
        self.heard.append("trade")


class Caller(Strategy):
    """Notes that it was called."""

    calls, name = [], ""

    def on_start(self):
        self.subscribe_quotes(SPY)

    def on_quote(self, quote):
        self.calls.append(self.name)


class Annotated(StrategyConfig):
    """The idiom of the documentation."""

    threshold: float = 65.0


@pytest.mark.parametrize("name", WORKAROUNDS)
def test_the_observation_still_holds(name):
    with only_engine():
        assert SEEN[name](), WORKAROUNDS[name].observation


def test_every_workaround_is_of_the_installed_version_and_names_modules_that_exist():
    assert version("nautilus_trader") == SEEN_WITH, "look at each observation with the new version, then name it"
    assert SEEN.keys() == WORKAROUNDS.keys()
    for each in WORKAROUNDS.values():
        assert all(find_spec(f"sweep.backtest.{module}") for module in each.modules)


@observed("swallowed exceptions")
def exceptions_are_swallowed():
    return len(played(Raiser()).cache.orders()) == len(QUOTES)


@observed("silent abort")
def an_abort_is_silent():
    ended = played(Raiser(), stops=True)
    error_log().drain()
    return ended.iteration < len(QUOTES) and not any("abort" in name for name in dir(ended.get_result()))


@observed("second engine")
def a_second_engine_silences_the_first():
    first = engine(Buyer())
    other = engine()
    first.add_data(QUOTES, validate=False)
    first.run()
    other.dispose()
    return first.iteration == len(QUOTES) and not any(order.is_closed for order in first.cache.orders())


@observed("pandas at the first engine")
def the_first_engine_imports_pandas():
    code = (
        "import sys; from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig\n"
        "BacktestEngine(BacktestEngineConfig()); print('pandas' in sys.modules, file=sys.stderr)"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return process.stderr.strip().endswith("True")


@observed("used random state")
def a_reset_seeds_nothing():
    ended = played(Buyer(), fill_model=DefaultFillModel(prob_slippage=0.5, random_seed=3))
    prices = [[str(o.avg_px) for o in ended.cache.orders()]]
    for _ in range(3):
        ended.reset()
        ended.clear_strategies()
        ended.clear_data()
        ended.add_strategy(Buyer())
        ended.add_data(QUOTES, validate=False)
        ended.run()
        prices.append([str(o.avg_px) for o in ended.cache.orders()])
    return any(each != prices[0] for each in prices[1:])


@observed("unanswered requests")
def requests_are_not_answered():
    asker = Asker()
    return played(asker).iteration == len(QUOTES) and "quotes" not in asker.heard


@observed("subscriptions without data")
def a_subscription_without_data_is_accepted():
    asker = Asker()
    return played(asker).iteration == len(QUOTES) and "trade" not in asker.heard


@observed("unmanaged books")
def a_book_is_not_in_the_cache():
    deltas = books.snapshot(STOCK, T0, [(100, 5)], [(100.02, 5)])
    return not played(Asker(), deltas).cache.has_order_book(SPY)


@observed("orders are copies")
def a_kept_order_stays_as_it_was_made():
    buyer = Buyer()
    ended = played(buyer)
    return buyer.first.status.name == "INITIALIZED" and ended.cache.order(buyer.first.client_order_id).is_closed


@observed("dropped config fields")
def annotated_fields_are_dropped():
    return Annotated(threshold=90.0).threshold == 65.0


@observed("rounded money")
def money_is_rounded():
    return Money.from_str("0.005 USD").as_decimal() == 0


@observed("invented currencies")
def currencies_are_invented():
    return str(Currency.from_str("ZZZZ")) == "ZZZZ"


@observed("random order of subscribers")
def subscribers_are_called_in_random_order():
    orders = set()
    for _ in range(6):
        calls, engine_of_callers = [], engine()
        for name in "abcdef":
            engine_of_callers.add_strategy(type(name, (Caller,), {"calls": calls, "name": name})(None))
        engine_of_callers.add_data(QUOTES[:1], validate=False)
        engine_of_callers.run()
        orders.add("".join(calls))
    return len(orders) > 1  # of 720


@observed("skipped quotes")
def quotes_of_another_precision_are_skipped():
    finer = SimpleNamespace(id=SPY, price_precision=5, size_precision=0)
    other = markets.quotes(finer, [(T0 + i * SECOND, 100.0, 100.02) for i in range(5)])
    ended = played(Buyer(), other)
    return not any(order.filled_qty.as_double() for order in ended.cache.orders())
