import pytest

from sweep.common.nautilus1 import signs

OLD = '''"""Doc."""
from nautilus_trader.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy
from nautilus_trader.model import InstrumentId
from nautilus_trader.config import PositiveInt


class C(StrategyConfig):
    x: int = 1


class S(Strategy):
    def on_quote_tick(self, tick):
        # self.subscribe_trade_ticks(i)
        self.subscribe_quote_ticks(tick.instrument_id)
'''
NEW = """from nautilus_trader.model import InstrumentId
from nautilus_trader.core.datetime import unix_nanos_to_dt
from nautilus_trader.model.custom import customdataclass
from nautilus_trader.trading import Strategy, StrategyConfig


class C(StrategyConfig):
    pass


class S(Strategy):
    def on_quote(self, quote):
        self.subscribe_quotes(quote.instrument_id)

    def on_event(self, event):
        pass
"""


def test_the_lines_that_say_1():
    found = signs(OLD)
    assert [sign.line for sign in found] == [3, 5, 8, 13, 15]
    assert [sign.line for sign in found if sign.config] == [8]
    assert str(found[0]) == "line 3: from nautilus_trader.trading.strategy import Strategy"


@pytest.mark.parametrize("source", [NEW, "x = 1\n", "def broken(:\n  nautilus_trader", ""])
def test_nothing_is_said_of_a_file_of_2_nor_of_one_that_is_no_python(source):
    assert signs(source) == []
