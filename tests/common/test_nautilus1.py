import pytest

from sweep.common.import_path import ImportPathError, load
from sweep.common.nautilus1 import refusal, signs

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
    lines_of_1 = signs(OLD)
    assert [sign.line for sign in lines_of_1] == [3, 5, 8, 13, 15]
    assert [sign.line for sign in lines_of_1 if sign.config] == [8]
    assert str(lines_of_1[0]) == "line 3: from nautilus_trader.trading.strategy import Strategy"


@pytest.mark.parametrize("source", [NEW, "x = 1\n", "def broken(:\n  nautilus_trader", ""])
def test_nothing_is_said_of_a_file_of_2_nor_of_one_that_is_no_python(source):
    assert signs(source) == []


def test_a_file_of_1_is_refused_with_its_config_first_and_the_command_that_brings_it_over(tmp_path):
    path = tmp_path / "old_strategy_file.py"
    path.write_text(OLD, encoding="utf-8")
    problem = refusal(path)
    lines = [problem.rule.index(f"line {n}: ") for n in (8, 3, 5)]
    assert lines == sorted(lines) and "line 13" not in problem.rule
    assert "line 8: class C(StrategyConfig), whose fields 2.0 drops" in problem.rule
    assert problem.remedy == f"rewrite it for 2.0: sweep port {path}"
    path.write_text(NEW, encoding="utf-8")
    assert refusal(path) is None and refusal(tmp_path / "none.py") is None


@pytest.mark.parametrize(
    "source",
    [
        OLD,
        "from nautilus_trader.trading import StrategyConfig\n\n\nclass C(StrategyConfig, frozen=True):\n    x: int\n",
    ],
)
def test_importing_a_file_of_1_says_so_also_where_another_file_imports_it(tmp_path, monkeypatch, source):
    (tmp_path / "old_helper_file.py").write_text(source, encoding="utf-8")
    (tmp_path / "new_main_file.py").write_text("from old_helper_file import C\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportPathError, match="old_helper_file.py is written for NautilusTrader 1.x") as refused:
        load("new_main_file:S")
    assert refused.value.remedy.endswith(f"sweep port {tmp_path / 'old_helper_file.py'}")
