import pytest

from tests.port.snippets import in_method, in_strategy, kept

ROWS = {  # 1.x in a callback of a strategy -> 2.0
    "self.portfolio.is_flat(self.config.instrument_id)": "self.portfolio.is_net_flat(self.config.instrument_id)",
    "self.portfolio.is_completely_flat()": "self.portfolio.is_completely_net_flat()",
    "self.portfolio.margins_init(venue)": "self.portfolio.instrument_initial_margins(venue)",
    "self.cache.quote_tick(i)": "self.cache.quote(i)",
    "self.cache.trade_ticks(i)[0].price": "self.cache.trades(i)[0].price",
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
