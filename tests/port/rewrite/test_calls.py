import pytest
from nautilus_trader.indicators import FuzzyCandlesticks

from tests.port.snippets import HEAD, in_method, in_strategy, kept, ported

ENUMS = "from nautilus_trader.model.enums import BookType, book_type_from_str, order_side_to_str\nfrom nautilus_trader.model.c_enums.order_side import OrderSideParser\n"
ROWS = {
    "self.cancel_order(order)": "self.cancel_order(order.client_order_id)",
    "self.cancel_order(self.cache.order(i))": "self.cancel_order(self.cache.order(i).client_order_id)",
    "self.cancel_order(order.client_order_id)": "self.cancel_order(order.client_order_id)",
    "self.cancel_orders([a, b])": "self.cancel_orders([order.client_order_id for order in [a, b]])",
    "x = book_type_from_str(self.kind)": "x = getattr(BookType, self.kind)",
    "x = order_side_to_str(order.side)": "x = order.side.name",
    "self.msgbus.publish('t', x)": "self.publish_message('t', x)",
    "self.msgbus.publish(topic='t', msg=x)": "self.publish_message(topic='t', message=x)",
    "self.msgbus.subscribe('t', self.f)": "self.subscribe_topic('t', self.f)",
    "x = self.order_factory.create_list([a, b])": "x = [a, b]",
    "x = self.order_factory.limit(i, s, q, p, expire_time=self.clock.utc_now())": (
        "x = self.order_factory.limit(i, s, q, p, expire_time=dt_to_unix_nanos(self.clock.utc_now()))"
    ),
    "x = self.order_factory.limit(i, s, q, p, expire_time=until)": (
        "x = self.order_factory.limit(i, s, q, p, expire_time=dt_to_unix_nanos(until) if until is not None else None)"
    ),
    "x = self.order_factory.limit(i, s, q, p, TimeInForce.GTD, self.until())": (
        "x = self.order_factory.limit(i, s, q, p, TimeInForce.GTD, dt_to_unix_nanos(self.until()))"
    ),
    "x = self.order_factory.stop_market(i, s, q, p, kind, tif, self.until())": (
        "x = self.order_factory.stop_market(i, s, q, p, kind, tif, dt_to_unix_nanos(self.until()))"
    ),
    "x = OrderSideParser.to_str_py(order.side)": "x = order.side.name",
    "x = OrderSideParser.from_str_py(text)": "x = getattr(OrderSide, text)",
    "x = self.order_factory.market(i, s, q, exec_algorithm_params=p)": (
        "x = self.order_factory.market(i, s, q, exec_algorithm_params={key: str(value) for key, value in p.items()})"
    ),
}


@pytest.mark.parametrize("old", ROWS)
def test_a_call_becomes_that_of_2(old):
    result = in_method(old, imports=ENUMS)
    assert kept(result) == ROWS[old]
    assert result.by_hand == 0


def test_data_is_published_in_an_envelope_and_taken_out_of_it():
    imports = "from nautilus_trader.core.data import Data\nfrom nautilus_trader.model.data import DataType\n\n\nclass D(Data):\n    x: int = 0\n\n\n"
    body = 'def on_start(self):\n    self.publish_data(DataType(D), D(x=1))\n\ndef on_data(self, data: Data):\n    """Doc."""\n    print(data)'
    result = in_strategy(body, imports=imports).result
    assert 'self.publish_data(DataType("D"), CustomData(DataType("D"), D(x=1)))' in result
    assert '"""Doc."""\n        data = data.data\n        print(data)' in result


def test_averages_of_a_known_kind_are_made_directly_and_comments_stay():
    imports = "from nautilus_trader.indicators import MovingAverageFactory, MovingAverageType\n"
    code = "x = MovingAverageFactory.create(\n    5,  # bars\n    MovingAverageType.SIMPLE,  # plain\n)"
    result = in_method(code, imports=imports, compat=True)
    assert kept(result) == "x = SimpleMovingAverage(\n    5,  # bars\n)"
    assert (
        "from sweep.compat import SimpleMovingAverage" in result.result and "MovingAverageFactory" not in result.result
    )


def test_averages_of_a_kind_that_is_chosen_at_run_time_come_from_the_package():
    imports = "from nautilus_trader.indicators import MovingAverageFactory\n"
    result = in_method("x = MovingAverageFactory.create(5, self.kind)", imports=imports).result
    assert "from sweep.compat import MovingAverageFactory" in result


def test_an_indicator_with_other_figures_is_told_unless_it_has_the_old_ones():
    imports = "from nautilus_trader.indicators import RelativeStrengthIndex\n"
    ported = in_method("x = RelativeStrengthIndex(14)", imports=imports)
    assert [(note.rule, note.level) for note in ported.notes] == [("RelativeStrengthIndex", "check")]
    assert "0 to 1" in ported.notes[0].reason and ported.by_hand == 0
    quiet = in_method("x = RelativeStrengthIndex(14)", imports=imports, compat=True)
    assert quiet.notes == [] and "from sweep.compat import RelativeStrengthIndex" in quiet.result


def test_the_clock_of_the_computer_is_told_and_becomes_that_of_the_backtest():
    result = in_method("x = time.time()\ny = datetime.datetime.now()", imports="import datetime\nimport time\n\n")
    assert kept(result) == "x = self.clock.timestamp()\ny = self.clock.utc_now()"
    assert [note.rule for note in result.notes] == ["wall clock", "wall clock"]


def test_the_bus_of_the_engine_is_left_to_the_user():
    result = in_method("self.msgbus.send('endpoint', x)")
    assert result.by_hand == 1 and kept(result) == "self.msgbus.send('endpoint', x)"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "FuzzyCandlesticks(10)",
            "FuzzyCandlesticks(10, threshold1=0.5, threshold2=1.0, threshold3=2.0, threshold4=3.0)",
        ),
        ("FuzzyCandlesticks(10, 0.4)", "FuzzyCandlesticks(10, 0.4, threshold2=1.0, threshold3=2.0, threshold4=3.0)"),
        ("FuzzyCandlesticks(10, 1, 2, 3, 4)", "FuzzyCandlesticks(10, 1, 2, 3, 4)"),
    ],
)
def test_arguments_that_2_demands_get_the_defaults_of_1(old: str, new: str):
    ported = in_method(f"x = {old}", imports="from nautilus_trader.indicators import FuzzyCandlesticks\n")
    assert f"x = {new}" in ported.result
    indicator = eval(new, {"FuzzyCandlesticks": FuzzyCandlesticks})  # noqa: S307 (the text is ours)
    assert indicator.period == 10


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("engine = BacktestEngine()\n", 1),
        ('if __name__ == "__main__":\n    engine = BacktestEngine()\n', 0),
        ("def main():\n    engine = BacktestEngine()\n", 0),
    ],
)
def test_a_backtest_that_an_import_would_build_is_told(code, left):
    imports = (
        "from nautilus_trader.backtest.engine import BacktestEngine\n"
        "from nautilus_trader.test_kit.providers import TestInstrumentProvider\n"
    )
    result = ported(imports + HEAD + "    pass\n\n\n" + code)
    assert result.by_hand == left
    assert [note.level for note in result.notes if "TestInstrumentProvider" in note.reason] == ["check"]


def test_the_classes_of_a_base_that_is_gone_are_named():
    imports = (
        "from nautilus_trader.core.data import Data\nfrom nautilus_trader.model.data import TradeTick\n"
        "from nautilus_trader.model.events import PositionEvent\n"
    )
    three = "PositionChanged, PositionClosed, PositionOpened"
    result = in_method(
        "x = isinstance(e, PositionEvent)\ny = isinstance(e, (TradeTick, PositionEvent))", imports=imports
    )
    assert kept(result) == f"x = isinstance(e, ({three}))\ny = isinstance(e, (TradeTick, {three}))"
    assert result.by_hand == 0 and "PositionEvent" not in result.result
    assert in_method("x = isinstance(e, (TradeTick, Data))", imports=imports).by_hand == 1
