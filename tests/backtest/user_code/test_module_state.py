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
    ],
)
def test_hidden_places_of_state_are_seen(look, source, change):
    assert look(source, change) != []


@pytest.mark.parametrize(
    "source", ["import threading\nA = threading.Event()", "import threading\nA = threading.Lock()"]
)
def test_locks_and_events_make_a_module_be_imported_anew(look, source):
    assert look(source, "pass") is None
