import ast

from tests.port.snippets import ported


def imports_of(source):
    return [ast.unparse(node) for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]


def test_each_symbol_comes_from_its_new_home_and_the_layout_stays():
    source = (
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\n\nfrom nautilus_trader.model.data import (\n    Bar,  # a bar\n'
        "    BarType,\n)\nfrom nautilus_trader.common.actor import Actor as Base\nfrom nautilus_trader.model.book import OrderBook\n"
        "from nautilus_trader.config import LoggingConfig, PositiveInt\nfrom nautilus_trader.model.currencies import EUR, USD\n\n\n"
        "class A(Base):\n    bars: dict[BarType, Bar] = {}\n    x: PositiveInt = 1\n    book: OrderBook\n    log = LoggingConfig(USD, EUR)\n"
    )
    result = ported(source).result
    assert "from nautilus_trader.model import (\n    Bar,  # a bar\n    BarType,\n)" in result
    assert imports_of(result) == [
        "from __future__ import annotations", "import os", "from nautilus_trader.model import Bar, BarType",
        "from nautilus_trader.common import DataActor as Base", "from nautilus_trader.model import OrderBook",
        "from nautilus_trader.common import LoggerConfig", "from nautilus_trader.model import Currency",
    ]  # fmt: skip
    assert '\n\nEUR = Currency.from_str("EUR")\nUSD = Currency.from_str("USD")\n\n\nclass A(Base):' in result


def test_what_was_unused_before_stays_and_what_became_so_goes():
    source = (
        "from nautilus_trader.config import StrategyConfig\nfrom nautilus_trader.model.data import Bar\n\n\n"
        "class C(StrategyConfig):\n    x: int = 1\n"
    )
    result = ported(source).result
    assert "import Bar" in result and "StrategyConfig" not in result


def test_a_symbol_that_is_gone_is_told_and_its_import_is_out():
    source = "from nautilus_trader.common.component import Throttler\nfrom nautilus_trader.model.data import Bar\n\nx = Throttler, Bar\n"
    result = ported(source)
    assert result.by_hand == 1 and result.notes[0].line == 1 and "Throttler" not in imports_of(result.result)[0]
    assert "# sweep port: by hand: NautilusTrader 2.0 has no Throttler" in result.result


def test_modules_imported_whole_and_imports_in_a_block():
    source = (
        "import nautilus_trader.model.data as data\nfrom typing import TYPE_CHECKING\nfrom nautilus_trader.model import enums\n"
        "if TYPE_CHECKING:\n    from nautilus_trader.model.objects import Price\n\n\ndef f(bar: data.Bar, p: Price):\n    return enums.OrderSide.BUY\n"
    )
    result = ported(source).result
    assert "def f(bar: Bar, p: Price):\n    return OrderSide.BUY" in result
    assert "    from nautilus_trader.model import Price" in result and "data" not in imports_of(result)[0]


def test_comments_above_an_import_that_goes_stay():
    source = "# the licence\n\n# of the engine\nfrom nautilus_trader.core.correctness import PyCondition\nfrom nautilus_trader.model.data import Bar\n\nx = Bar\n"
    result = ported(source).result
    assert "# the licence" in result and "# of the engine" in result and "PyCondition" not in result


def test_the_blank_line_above_an_import_that_is_gone_stays():
    source = (
        "import os\n\nfrom nautilus_trader.config import PositiveInt\n"
        "from nautilus_trader.model.data import Bar\n\n\ndef f(n: PositiveInt, bar: Bar):\n    return os\n"
    )
    assert ported(source).result.startswith("import os\n\nfrom nautilus_trader.model import Bar\n")
