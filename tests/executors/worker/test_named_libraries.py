"""Changes that user code makes to libraries that it names are set back, and named."""

import json
import logging
import re
import statistics
import sys
import textwrap
from types import ModuleType
from typing import Any

import pytest

from sweep.backtest.user_code.source_snapshot import ModuleSource, SourceSnapshot
from sweep.executors.worker.named_libraries import NamedLibraries

SOURCE = b"""
import json, logging, re, statistics, sys, textwrap
from json import _default_decoder as decoder
def late():
    json._default_encoder.x, re._cache, textwrap.shorten, statistics.mean, sys.modules
    getattr(statistics, "NormalDist").x
"""
CHANGES = {
    "json._default_encoder.n": lambda: setattr(vars(json)["_default_encoder"], "n", 1),
    "json._default_decoder.n": lambda: setattr(vars(json)["_default_decoder"], "n", 1),
    "re._cache": lambda: vars(re)["_cache"].update(n=1),
    "textwrap.shorten.__kwdefaults__": lambda: setattr(textwrap.shorten, "__kwdefaults__", {"n": 1}),
    "statistics.mean.__code__": lambda: setattr(statistics.mean, "__code__", (lambda _: 5).__code__),
    "statistics.NormalDist.n": lambda: setattr(statistics.NormalDist, "n", 1),
    "logging.n": lambda: setattr(logging, "n", 1),
}


@pytest.fixture
def code(monkeypatch) -> SourceSnapshot:
    user: Any = ModuleType("named_user")
    exec(SOURCE, vars(user))  # noqa: S102 (as a module runs)
    monkeypatch.setitem(sys.modules, "named_user", user)
    return SourceSnapshot({"named_user": ModuleSource("/named_user.py", SOURCE)})


def state() -> list[Any]:
    objects = (vars(json)["_default_encoder"], vars(json)["_default_decoder"], statistics.NormalDist, logging)
    functions = (textwrap.shorten.__kwdefaults__, statistics.mean.__code__)
    return [*(dict(vars(each)) for each in objects), dict(vars(re)["_cache"]), functions]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_set_back_and_named(code: SourceSnapshot, name: str):
    before = state()
    now = NamedLibraries.now(code, frozenset(code.modules), code.imported)
    CHANGES[name]()
    assert state() != before
    assert now.restore() == [name]
    assert state() == before


def test_equal_plain_values_are_no_change(code: SourceSnapshot, monkeypatch):
    """As `import pandas` makes `time.tzname` anew; packs were withdrawn for the warning."""
    zone = (str(b"UTC", "ascii"), int("1000000"))
    monkeypatch.setattr(textwrap, "zone", zone, raising=False)
    now = NamedLibraries.now(code, frozenset(code.modules), code.imported)
    setattr(textwrap, "zone", (str(b"UTC", "ascii"), int("1000000")))  # noqa: B010 (it is not of the library)
    assert now.restore() == []
    setattr(textwrap, "zone", ("UTC", 10.0**6))  # noqa: B010
    assert now.restore() == ["textwrap.zone"]
    assert vars(textwrap)["zone"] is zone


def test_what_python_itself_keeps_is_left_alone(code: SourceSnapshot):
    now = NamedLibraries.now(code, frozenset(code.modules), code.imported)
    assert "sys" not in code.imported or all(thing is not sys for _, thing, _ in now.things)
    assert all(held is not sys.modules for _, held, _ in now.containers)
    assert now.restore() == []
