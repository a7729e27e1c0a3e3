import pytest

from tests.port.snippets import in_method, in_strategy, kept, ported

ROWS = {  # 1.x in a callback of a strategy -> 2.0
    "self.portfolio.is_flat(self.config.instrument_id)": "self.portfolio.is_net_flat(self.config.instrument_id)",
    "self.portfolio.is_completely_flat()": "self.portfolio.is_completely_net_flat()",
    "self.portfolio.margins_init(venue)": "self.portfolio.instrument_initial_margins(venue)",
    "self.cache.quote_tick(i)": "self.cache.quote(i)",
    "self.cache.trade_ticks(i)[0].price": "(self.cache.trades(i) or [])[0].price",
    "len(self.cache.bars(t))": "len((self.cache.bars(t) or []))",
    "self.cache.position_ids() - done": "set(self.cache.position_ids()) - done",
    "self.cache.order(i).avg_px * 1.01": "float(self.cache.order(i).avg_px or 0) * 1.01",
    "self.cache.order(i).commissions()": "list(self.cache.order(i).commissions().values())",
    "self.cache.order(i).is_child_order": "(self.cache.order(i).parent_order_id is not None)",
    "self.cache.order(i).has_price": '(getattr(self.cache.order(i), "price", None) is not None)',
    "self.cache.position(i).ts_closed": "(self.cache.position(i).ts_closed or 0)",
    "self.cache.position(i).avg_px_close": "(self.cache.position(i).avg_px_close or 0.0)",
    "self.cache.instrument(i).get_base_currency()": 'getattr(self.cache.instrument(i), "base_currency", None)',
    "self.cache.accounts()": "accounts(self.cache)",
    "self.cache.calculate_unrealized_pnl(p)": "unrealized_pnl(self.cache, p)",
    "self.cache.order_book(i).bids()[0].orders()": "self.cache.order_book(i).bids()[0].get_orders()",
    "self.cache.quote_tick(i).bid": "self.cache.quote(i).bid_price",
    "thing.signed_decimal_qty()": "Decimal(str(thing.signed_qty))",
    "self.strategies[0].cache.quote_ticks(i)": "(self.strategies[0].cache.quotes(i) or [])",
    "self.cache.trade_tick_count(i)": "self.cache.trade_count(i)",
    "self.cache.orders_open(strategy_id=self.id)": "self.cache.orders_open(strategy_id=self.strategy_id)",
    "self._clock.utc_now()": "self.clock.utc_now()",
    "self._log.info('x')": "self.log.info('x')",
    "self._cache.bar(t)": "self.cache.bar(t)",
    "self.clock.timer_names": "self.clock.timer_names()",
    "self.is_running": "self.is_running()",
    "bar.is_single_price()": "(bar.open == bar.high == bar.low == bar.close)",
    "self.cache.order(i).status_string()": "self.cache.order(i).status.name",
    "self.cache.position(i).signed_decimal_qty()": "Decimal(str(self.cache.position(i).signed_qty))",
    "self.cache.position(i).events": "self.cache.position(i).events()",
    "self.cache.order(i).events": "self.cache.order(i).events()",
    "self.cache.instrument(i).id.symbol.root()": "self.cache.instrument(i).id.symbol.root",
    "bar.bar_type.instrument_id.symbol.root()": "bar.bar_type.instrument_id.symbol.root()",
}


@pytest.mark.parametrize("old", ROWS)
def test_a_name_becomes_that_of_2(old):
    result = in_method(old)
    assert kept(result) == ROWS[old]
    assert result.by_hand == 0


def test_private_names_that_the_class_has_itself_stay():
    result = in_strategy(
        "def on_start(self):\n    self._log = []\n    self._log.append(1)\n    self.subscribe_quote_ticks = True"
    )
    assert "self._log.append(1)" in result.result and "self.subscribe_quote_ticks = True" in result.result


def test_a_setting_with_the_name_of_a_method_stays():
    assert kept(in_method("if self.config.subscribe_quote_ticks:\n    self.subscribe_quote_ticks(i)")) == (
        "if self.config.subscribe_quote_ticks:\n    self.subscribe_quotes(i)"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('TriggerType["NO_TRIGGER"]', "TriggerType.NO_TRIGGER"),
        ("TriggerType[self.name]", "getattr(TriggerType, self.name)"),
        ('AggressorSide["BUYER"]', "AggressorSide.BUY"),
        ("AggressorSide.SELLER", "AggressorSide.SELL"),
    ],
)
def test_members_of_enums(old, new):
    imports = "from nautilus_trader.model.enums import AggressorSide, TriggerType\n"
    assert kept(in_method(f"x = {old}", imports=imports)) == f"x = {new}"


def test_what_2_has_no_member_for_is_told_with_its_line_and_left():
    result = in_method("self.cache.add_greeks(1)\nself.greeks.instrument_greeks(i)")
    assert [(note.line, note.level) for note in result.notes] == [(16, "by hand"), (17, "by hand")]
    assert result.by_hand == 2 and "self.cache.add_greeks(1)" in result.result


def test_events_have_their_id_under_another_name_and_positions_do_not():
    body = "def on_order_filled(self, event):\n    print(event.id)\ndef on_x(self, position: Position):\n    print(position.id)"
    result = in_strategy(body, imports="from nautilus_trader.model.position import Position\n").result
    assert "print(event.event_id)" in result and "print(position.id)" in result


def test_prices_beside_something_infinite_are_compared_as_numbers():
    body = (
        "def on_start(self):\n    self.top = float('-inf')\n    self.low = 0\n\n"
        "def on_bar(self, bar: Bar):\n    if bar.close > self.top and bar.close > self.low:\n        self.top = max(self.top, bar.high)"
    )
    result = in_strategy(body).result
    assert (
        "if float(bar.close) > self.top and bar.close > self.low:" in result
        and "max(self.top, float(bar.high))" in result
    )


def test_a_member_that_the_files_define_themselves_is_not_the_engines():
    result = in_strategy(
        "def quote_tick(self, i):\n    return 1\n\ndef on_bar(self, bar: Bar) -> None:\n    x.quote_tick(i)"
    )
    assert kept(result) == "x.quote_tick(i)"


def test_types_in_quotes_are_renamed_and_texts_of_a_literal_are_not():
    imports = (
        "from typing import Literal\nfrom nautilus_trader.model.orders import Order\n"
        "from nautilus_trader.common.actor import Actor\n"
    )
    body = "def f(self, order: 'Order', actor: list[\"Actor\"], way: Literal['Order']) -> \"Order | None\":\n    pass"
    result = in_strategy(body, imports=imports).result
    assert "def f(self, order: 'Any', actor: list[\"DataActor\"], way: Literal['Order']) -> \"Any | None\":" in result
    assert "from typing import Any" in result and "import DataActor" in result


def test_a_type_of_another_library_is_not_the_engines():
    result = in_method(
        "m = LinearRegression()\nm.fit(x)\nm.R2", imports="from sklearn.linear_model import LinearRegression\n"
    )
    assert kept(result) == "m = LinearRegression()\nm.fit(x)\nm.R2" and result.by_hand == 0


def test_a_member_that_the_code_asks_for_first_is_not_told():
    code_that_asks = "if hasattr(bar, 'vwap'):\n    x = bar.vwap"
    assert in_method(code_that_asks).by_hand == 0 and in_method("x = bar.vwap").by_hand == 1


def test_a_base_class_that_is_gone_is_not_any():
    imports = (
        "from nautilus_trader.model.orders import Order\nfrom nautilus_trader.model.instruments import Instrument\n"
    )
    result = in_method("x = Order.closing_side(side)", imports=imports)
    assert kept(result) == "x = MarketOrder.closing_side(side)" and result.by_hand == 0
    assert in_method("x = Instrument.base_from_dict(d)", imports=imports).by_hand == 1


def test_what_a_method_of_the_class_returns_has_the_type_of_its_annotation():
    body = (
        "def open(self) -> Position:\n    return self.cache.positions_open()[0]\n\n"
        "@property\ndef last(self) -> 'Position | None':\n    return None\n\n"
        "def on_bar(self, bar: Bar) -> None:\n    self.open().events\n    self.last.events\n"
    )
    result = in_strategy(body, imports="from nautilus_trader.model.position import Position\n")
    assert kept(result) == "self.open().events()\nself.last.events()"


ALGORITHM = """from nautilus_trader.execution.algorithm import ExecAlgorithm


class Halves(ExecAlgorithm):
    def on_order(self, order):
        half = order.quantity
        self.submit_order(self.spawn_market(order, half))
        self.submit_order(order)

    def on_bar(self, bar):
        self.subscribe_bars(t)
"""


def test_an_order_that_another_was_spawned_from_is_read_again():
    result = ported(ALGORITHM)
    assert "self.submit_order(self.spawn_market(order, half))" in result.result
    assert "self.submit_order(self._current_order(order))" in result.result


def test_market_data_of_an_execution_algorithm_is_left_to_the_user():
    notes = ported(ALGORITHM).notes
    assert [(note.rule, note.level) for note in notes] == [("on_bar", "by hand"), ("self.subscribe_bars", "by hand")]


def test_an_actor_has_no_portfolio():
    actor = "from nautilus_trader.common.actor import Actor\n\n\nclass A(Actor):\n    def f(self):\n        return self.portfolio\n"
    assert [note.rule for note in ported(actor).notes] == ["self.portfolio"]


MIXED = """from nautilus_trader.trading.strategy import Strategy


class Quoting:
    def last(self):
        return self.cache.quote_tick(self.id)


class Keeper:
    def __init__(self, strategy: Strategy):
        self._owner = strategy

    def last(self):
        self._owner.subscribe_quote_ticks(self._owner.id)
        return self._owner.cache.quote_tick(i)


class S(Quoting, Strategy):
    pass
"""


def test_classes_that_are_mixed_in_or_hold_a_strategy_are_rewritten_as_well():
    source = ported(MIXED).result
    assert "return self.cache.quote(self.strategy_id)" in source
    assert "self._owner.subscribe_quotes(self._owner.strategy_id)" in source and "self._owner.cache.quote(i)" in source
