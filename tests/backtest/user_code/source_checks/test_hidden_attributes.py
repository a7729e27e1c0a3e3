"""An attribute that hides one of the engine's is refused with its name and line."""

import pytest
from nautilus_trader.trading import Strategy

from sweep.backtest import run
from sweep.backtest.user_code.source_checks.hidden_attributes import engine_names, hidden_by, hiding
from tests.support.trials import trial
from tests.support.written_modules import line_of, write_module

NAMES = engine_names(Strategy)
BODY = "class S(Strategy):\n    def __init__(self, config=None):\n        super().__init__(config)\n        {}\n"


def found(module):
    return [(f.line, f.rule) for f in hiding(module.S)]


TRADES = """
class S(Strategy):
    def __init__(self, config=None):
        super().__init__(config)
        self.n = 0
        {}
    def on_start(self):
        self.subscribe_quotes(SPY)
    def on_quote(self, quote):
        self.n += 1
        if self.n in (2, 6):
            side = OrderSide.BUY if self.n == 2 else OrderSide.SELL
            self.submit_order(self.order_factory.market(SPY, side, Quantity.from_int(5)))
"""


def test_what_the_engine_lets_nobody_set():
    names = set()
    for name in NAMES.all:
        try:
            setattr(type("S", (Strategy,), {})(), name, 0.5)
        except AttributeError:
            names.add(name)
    assert names == NAMES.all - NAMES.methods == NAMES.needed - {"state", "post_market_exit"}


@pytest.mark.parametrize("name", ["stop", "start", "load", "is_ready", "market_exit"])
def test_a_value_by_the_name_of_a_method_changes_nothing(name, spy, tmp_path, monkeypatch):
    figures = []
    for statement in ("pass", f"self.{name} = 95.0"):
        module = write_module(tmp_path, monkeypatch, TRADES.format(statement))
        assert not hiding(module.S)
        figures.append(run(trial(spy, {"path": f"{module.__name__}:S"})).metrics)
    assert figures[0] == figures[1]
    assert figures[0]["trades"] == 1


@pytest.mark.parametrize("name", ["stop", "cancel_order", "is_ready"])
def test_a_value_by_the_name_of_a_method_that_is_called(name, tmp_path, monkeypatch):
    call = f"    def on_stop(self):\n        self.{name}()\n"
    module = write_module(tmp_path, monkeypatch, BODY.format(f"self.{name} = 95.0") + call)
    assert found(module) == [(7, f"self.{name} hides the engine's own {name!r} of a strategy")]
    base = f"class B(Strategy):\n    {name} = None\nclass S(B):\n{call}"
    assert len(found(write_module(tmp_path, monkeypatch, base))) == 1


@pytest.mark.parametrize("name", sorted(NAMES.needed))
def test_each_attribute_that_the_engine_needs(name, tmp_path, monkeypatch):
    module = write_module(tmp_path, monkeypatch, BODY.format(f"self.{name} = {{}}"))
    (finding,) = hiding(module.S)
    assert (finding.line, finding.rule) == (7, f"self.{name} hides the engine's own {name!r} of a strategy")
    new = finding.remedy.rpartition(" ")[2]
    assert not hiding(write_module(tmp_path, monkeypatch, BODY.format(f"{new} = {{}}")).S)  # the remedy helps


@pytest.mark.parametrize(
    "statement",
    [
        "self.state: dict = {}",
        "self.state, self.n = {}, 0",
        "self.state += 1",
        "setattr(self, 'state', {})",
        "[self.state] = [1]",
        "for self.state in (1, 2): pass",
        "def later(): self.state = 1",
    ],
)
def test_every_way_to_set_one(statement, tmp_path, monkeypatch):
    module = write_module(tmp_path, monkeypatch, BODY.format(statement))
    assert found(module) == [(7, "self.state hides the engine's own 'state' of a strategy")]


@pytest.mark.parametrize(
    "member",
    ["state = {}", "log = None", "clock: float = 0.5", "def state(self): return 'flat'",
     "@property\n    def cache(self): return {}", "class clock: pass"],
)  # fmt: skip
def test_in_the_body_of_the_class_and_in_its_bases(member, tmp_path, monkeypatch):
    source = f"class B(Strategy):\n    {member}\nclass S(B):\n    def on_start(self): self.log.info('x')\n"
    module = write_module(tmp_path, monkeypatch, source)
    assert len(found(module)) == 1


def test_all_of_them_at_once(tmp_path, monkeypatch):
    source = BODY.format("self.state = {}") + "    def on_start(self):\n        self.clock = self.log = None\n"
    module = write_module(tmp_path, monkeypatch, source)
    assert [line for line, _ in found(module)] == [7, line_of(module, "self.clock"), line_of(module, "self.clock")]


@pytest.mark.parametrize(
    "member",
    [
        "def submit_order(self, order, *args, **kwargs): super().submit_order(order, *args, **kwargs)",
        "@property\n    def config(self): return self.cfg",
        "log: object",  # an annotation sets nothing
        "def on_start(self):\n        state = {}\n        other = type('', (), {})()\n        other.state = 1",
        "def on_start(self):\n        self.on_bar = lambda bar: None",
    ],
)
def test_what_hides_nothing(member, tmp_path, monkeypatch):
    assert not found(write_module(tmp_path, monkeypatch, f"class S(Strategy):\n    {member}\n"))


def test_an_object_is_asked_what_its_source_does_not_show(tmp_path, monkeypatch):
    module = write_module(tmp_path, monkeypatch, BODY.format("for name in ['st' + 'ate']: setattr(self, name, 1)"))
    assert not found(module)
    assert hidden_by(module.S()) == ["state"]
