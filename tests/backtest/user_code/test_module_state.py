"""States of modules that can be compared."""

import sys
from types import ModuleType

import pytest

from sweep.backtest.user_code.module_state import clear_caches, differences, state_of


def made(source: str) -> ModuleType:
    module = ModuleType("looked_at")
    exec(source, vars(module))  # noqa: S102
    return module


@pytest.fixture
def look(monkeypatch):
    def at(source: str, change: str) -> list[str] | None:
        module = made(source)
        monkeypatch.setitem(sys.modules, "looked_at", module)
        before = state_of(["looked_at"])
        assert before is None or differences(before, state_of(["looked_at"]) or {}) == []
        exec(change, vars(module))  # noqa: S102
        after = state_of(["looked_at"])
        return None if before is None or after is None else differences(before, after)

    return at


@pytest.mark.parametrize(
    ("source", "change", "named"),
    [
        ("A = 1", "A = 1.0", ["looked_at.A"]),
        ("A = [{'b': {1}}]", "A[0]['b'].add(2)", ["looked_at.A"]),
        ("A = []", "A.append(A)", ["looked_at.A"]),
        ("A = float('nan')", "pass", []),
        ("class A:\n    n = 0", "A.n = 1", ["looked_at.A.n"]),
        ("A = 1", "B = 2", ["looked_at.B"]),
        ("import numpy\nA = numpy.zeros(2)", "A[1] = 1", ["looked_at.A"]),
    ],
)
def test_what_changes_is_named_and_nothing_else(look, source, change, named):
    assert look(source, change) == named


@pytest.mark.parametrize("source", ["A = (n for n in 'ab')", "A = [0] * 10\nB = [[n] for n in range(30_000)]"])
def test_what_cannot_be_seen_has_no_state(look, source):
    assert look(source, "pass") is None


def test_caches_are_emptied(monkeypatch):
    module = made("from functools import cache\n@cache\ndef f(n):\n    return n\nf(1)")
    monkeypatch.setitem(sys.modules, "looked_at", module)
    clear_caches(["looked_at"])
    assert module.f.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("source", "change"),
    [
        ("class A:\n    _members = []", "A._members.append(1)"),
        ("__cache = []", "__cache.append(1)"),
        ("from itertools import count\nnext_id = count().__next__", "next_id()"),
        ("push = [].append", "push(1)"),
        ("from functools import cache\nA = {'f': cache(lambda n: n)}", "A['f'](1)"),
        ("from enum import Enum\nclass A(Enum):\n    X = []", "A.X.value.append(1)"),
        ("from enum import Enum\nclass A(Enum):\n    X = 1", "A.X.seen = 1"),
        ("class A:\n    __slots__ = ('__n',)\n    def set(self, n): self.__n = n\na = A()\na.set(0)", "a.set(1)"),
        ("import logging\nLOG = logging.getLogger('looked_at')\nLOG.setLevel(30)", "LOG.setLevel(10)"),
        ("from functools import partial\nA = partial(len)", "A.n = 1"),
        ("from functools import cache\nA = cache(lambda n: n)", "A.n = 1"),
        ("A = type('A', (property,), {})(lambda s: 1)", "A.n = 1"),
        ("import random\nA = type('A', (random.Random,), {})(1)", "A.n = 1"),
        ("import numpy\nA = numpy.zeros(2)", "A.flags.writeable = False"),
        ("import numpy\nA = numpy.ma.masked_array([9, 1], mask=[0, 0], fill_value=9)", "A[0] = numpy.ma.masked"),
        ("import pandas\nA = pandas.Series([1])", "object.__setattr__(A, 'n', 1)"),
        ("import types\nA = types.ModuleType('made')\nA._seen = []", "A._seen.append(1)"),
        ("from abc import ABC\nclass A(ABC): ...", "A.register(int)"),
        ("class A:\n    _abc_n = 0", "A._abc_n = 1"),
        ("class A:\n    __struct_n__ = 0", "A.__struct_n__ = 1"),
        (
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    n: int = 0",
            "A.__dataclass_fields__['n'].default = 1",
        ),
        ("class A:\n    __module__ = 'a.nicer.place'\n    held = [[]]", "A.held[0].append(1)"),
        (
            (
                "import statistics\nfrom functools import wraps\ndef make():\n    n = []\n    @wraps(statistics.mean)\n"
                "    def count():\n        n.append(1)\n    return count\ncount = make()"
            ),
            "count()",
        ),
        (
            "names = {}\nexec('n = []\\ndef count(): n.append(1)', names)\ncount = names.pop('count')\ndel names",
            "count()",
        ),
        (
            (
                "import logging\nclass Counter(logging.Handler):\n    n = 0\n    def emit(self, r): self.n += 1\n"
                "LOG = logging.getLogger('looked_at.handled')\nLOG.handlers = [Counter()]"
            ),
            "LOG.handlers[0].n += 1",
        ),
    ],
)
def test_hidden_places_of_state_are_seen(look, source, change):
    assert look(source, change) != []


@pytest.mark.parametrize(
    "source", ["import threading\nA = threading.Event()", "import threading\nA = threading.Lock()"]
)
def test_locks_and_events_make_a_module_be_imported_anew(look, source):
    assert look(source, "pass") is None


BASES = ["int", "float", "str", "bytes", "list", "dict", "set", "tuple", "datetime.date", "decimal.Decimal", "deque"]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("change", ["a.n = 1", "a = type(a)(*OTHER)"])
def test_fields_of_subclasses_and_values_behind_their_texts_are_seen(look, base: str, change: str):
    first, other = {"datetime.date": ("2020, 1, 1", "(2020, 1, 2)")}.get(base, ("1", "(2,)"))
    if base in ("list", "dict", "set", "tuple", "deque"):
        first, other = ("{1: 2}", "({3: 4},)")
    source = f"import datetime, decimal\nfrom collections import deque\nOTHER = {other}\n"
    source += f"class A({base}):\n    def __repr__(self): return 'always the same'\na = A({first})\na.n = 0"
    assert look(source, change) == ["looked_at.a"]


RAISES = "def fail(*_): raise RuntimeError('of the user')\n"


@pytest.mark.parametrize(
    "source",
    [
        "import pandas\nA = pandas.Series([lambda: 0])",
        "from unittest.mock import Mock\nA = Mock(spec=dict)",
        f"{RAISES}A = type('A', (int,), {{'__repr__': fail}})(1)",
        f"{RAISES}A = type('A', (), {{'__getattribute__': fail}})()",
        f"{RAISES}A = type('M', (type,), {{'__getattribute__': fail}})('A', (), {{}})",
        f"{RAISES}A = {{type('A', (str,), {{'__eq__': fail, '__hash__': str.__hash__}})('a'): 1}}",
        "A = type('A', (), {'__class__': property(lambda self: dict)})()",
        "class A: ...\nA.__module__ = ['no text']\na = A()",
        "class A: ...\na = A()\nvars(a)[1] = vars(a)['b'] = 0",
        "import random\nA = random.SystemRandom()",
    ],
)
def test_objects_that_raise_when_they_are_looked_at_end_nothing(monkeypatch, source: str):
    monkeypatch.setitem(sys.modules, "looked_at", module := made(source))
    state_of(["looked_at"])
    module.B = 1  # pyright: ignore[reportAttributeAccessIssue]
    state_of(["looked_at"])
