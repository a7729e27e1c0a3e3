"""Modules that a test writes: user code with a file, lines and an import path of its own."""

import importlib
import sys
from itertools import count
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

HEAD = """\
from nautilus_trader.model import BarType, BookType, InstrumentId, OrderSide, Price, Quantity
from nautilus_trader.trading import Strategy
SPY = InstrumentId.from_str("SPY.ARCA")
"""
_number = count()


def write_module(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, *, head: str = HEAD) -> ModuleType:
    """Write a source file into the folder and import it, under a name that no other test has."""
    name = f"written_{next(_number)}"
    (folder / f"{name}.py").write_text(head + dedent(source))
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    module = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, name, module)
    return module


def line_of(module: ModuleType, text: str) -> int:
    """The number of the first line of a module's source that holds a text."""
    lines = Path(str(module.__file__)).read_text().splitlines()
    return next(n for n, line in enumerate(lines, 1) if text in line)
