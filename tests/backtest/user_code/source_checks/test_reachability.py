"""Uses of the clock in code that no trial runs are no mistakes; those that a trial can reach are."""

import pytest

from sweep.backtest import check
from tests.support.trials import trial
from tests.support.written_modules import line_of, write_module

TIMES = "import time\n"


def problems(spy, module, **sections):
    return check(trial(spy, {"path": f"{module.__name__}:S"}) | sections)


def strategy(tmp_path, monkeypatch, source):
    return write_module(tmp_path, monkeypatch, TIMES + source)


UNREACHED = {
    "a function that nothing calls": "def bench(): return time.time()\nclass S(Strategy): pass",
    "a method that nothing calls": "class S(Strategy):\n    def profile(self): return time.time()",
    "a class that nothing makes": "class Bench:\n    def __init__(self): time.time()\nclass S(Strategy): pass",
    "a chain that nothing begins": "def a(): b()\ndef b(): time.time()\nclass S(Strategy): pass",
    "a name that is only listed": "__all__ = ['bench']\ndef bench(): time.time()\nclass S(Strategy): pass",
    "a program": "class S(Strategy): pass\nif __name__ == '__main__':\n    time.time()",
}
REACHED = {
    "a callback": "class S(Strategy):\n    def on_quote(self, quote): time.time()",
    "the constructor": "class S(Strategy):\n    def __init__(self): time.time()",
    "a helper of a callback": "class S(Strategy):\n    def on_quote(self, q): self.a()\n    def a(self): time.time()",
    "a function": "def a(): time.time()\nclass S(Strategy):\n    def on_bar(self, bar): a()",
    "the module": "at = time.time()\nclass S(Strategy): pass",
    "the body of the class": "class S(Strategy):\n    at = time.time()",
    "a default": "class S(Strategy):\n    def a(self, at=time.time()): pass",
    "a base": "class B(Strategy):\n    def on_stop(self): time.time()\nclass S(B): pass",
    "an object": "class A:\n    def __init__(self): time.time()\nclass S(Strategy):\n    def on_start(self): A()",
    "a name that is a text": "class S(Strategy):\n    def on_stop(self): getattr(self, 'a')()\n"
    "    def a(self): time.time()",
    "a name that is made": "class S(Strategy):\n    def on_start(self): getattr(self, chr(97))()\n"
    "    def a(self): time.time()",
    "a registered function": "def register(f): return f\n@register\ndef a(): time.time()\nclass S(Strategy): pass",
    "a property": "class S(Strategy):\n    @property\n    def a(self): return time.time()\n"
    "    def on_start(self): self.a",
    "a closure": "class S(Strategy):\n    def on_start(self):\n        def a(): time.time()\n        a()",
}


@pytest.mark.parametrize("source", UNREACHED.values(), ids=UNREACHED)
def test_what_no_trial_runs(spy, tmp_path, monkeypatch, source):
    assert not problems(spy, strategy(tmp_path, monkeypatch, source))


@pytest.mark.parametrize("source", REACHED.values(), ids=REACHED)
def test_what_a_trial_can_run_until_the_spec_accepts_the_line(spy, tmp_path, monkeypatch, source):
    module = strategy(tmp_path, monkeypatch, source)
    (problem,) = problems(spy, module)
    line = line_of(module, "time.time()")
    assert problem.where == f"{module.__file__}:{line}"
    assert f"code: {{accept: ['{module.__name__}.py:{line}']}}" in problem.remedy
    for place in (f"{module.__name__}.py:{line}", f"{tmp_path.name}/{module.__name__}.py:{line}", problem.where):
        assert not problems(spy, module, code={"accept": [place]})
    for place in (f"{module.__name__}.py:{line + 1}", f"other.py:{line}", f"x{module.__name__}.py:{line}"):
        assert problems(spy, module, code={"accept": [place]}) == [problem]


def test_a_function_of_another_module_under_another_name(spy, tmp_path, monkeypatch):
    helper = write_module(tmp_path, monkeypatch, "import time\ndef now(): time.time()\ndef bench(): time.time()\n")
    source = f"from {helper.__name__} import now as tick\nclass S(Strategy):\n    def on_quote(self, q): tick()"
    (problem,) = problems(spy, strategy(tmp_path, monkeypatch, source))
    assert problem.where == f"{helper.__file__}:{line_of(helper, 'def now')}"


def test_a_config_of_the_engine_makes_nothing_else_reachable(spy, tmp_path, monkeypatch):
    """A file with several strategies, and the engine's own config class, which is named in the spec."""
    source = "class S(Strategy): pass\nclass Other(Strategy):\n    def on_quote(self, q): time.time()\n"
    module = strategy(tmp_path, monkeypatch, source)
    plan = {"path": f"{module.__name__}:S", "config_path": "nautilus_trader.trading:StrategyConfig"}
    assert not check(trial(spy, plan))
    (problem,) = check(trial(spy, plan | {"path": f"{module.__name__}:Other"}))
    assert problem.where == f"{module.__file__}:{line_of(module, 'time.time()')}"
