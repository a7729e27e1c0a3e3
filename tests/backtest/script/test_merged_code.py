import pytest

from sweep.backtest.script.merged_code import Module, merged


def modules(**texts: str) -> dict[str, Module]:
    return {name.replace("__", "."): Module(name.replace("__", "."), text) for name, text in texts.items()}


def run(source: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(source, "merged", "exec"), names)  # noqa: S102 - the source is ours
    return names


def test_a_module_stands_after_those_that_it_imports_from():
    source = merged(
        modules(
            a="from z import base\nfrom decimal import Decimal\n\nTWICE = base() * 2\n",
            z='"""About z."""\nimport math as m\n__all__ = ["base"]\ndef base():\n    return m.floor(2.5)  # kept\n',
        ),
        (),
    )
    assert source
    assert run(f"from decimal import Decimal\n{source}")["TWICE"] == 4
    assert "# kept" in source
    assert "About z" not in source


def test_relative_imports_of_a_package():
    package = modules(p="", p__a="from .b import ONE\nTWO = ONE + 1\n", p__b="ONE = 1\n")
    package["p"] = Module("p", "", is_package=True)
    source = merged(package, ())
    assert source
    assert run(source)["TWO"] == 2


@pytest.mark.parametrize(
    "texts",
    [
        {"a": "import b\nX = b.Y\n", "b": "Y = 1\n"},  # as a module
        {"a": "from b import Y as Z\n", "b": "Y = 1\n"},  # under another name
        {"a": "from b import *\n", "b": "Y = 1\n"},
        {"a": "from b import Y\nHELP = 1\n", "b": "HELP = 2\nY = 1\n"},  # one name for two things
        {"a": "from b import Y\nimport json as x\n", "b": "import csv as x\nY = 1\n"},
        {"a": "from b import Y\njson = 1\n", "b": "import json\nY = 1\n"},
        {"a": "def f():\n    from b import Y\n    return Y\n", "b": "Y = 1\n"},  # later
        {"a": "from b import X\n", "b": "from a import Y\nX = 1\n"},  # a circle
        {"a": "FILE = __file__\n"},
        {"a": "CATALOG = 1\n"},  # a name of the script
        {"a": "Decimal = float\n"},
        {"a": "from b import Y; Z = Y\n", "b": "Y = 1\n"},  # two statements in a line
        {"a": "from __future__ import annotations\nfrom b import Y\n", "b": "Y = 1\n"},
    ],
)
def test_what_only_works_as_modules_is_not_merged(texts: dict[str, str]):
    assert merged(modules(**texts), {"CATALOG"}) is None


def test_imports_of_the_script_itself_are_no_conflict():
    source = merged(modules(a="from decimal import Decimal\nimport datetime as dt\nX = 1\n"), ())
    assert source is not None
    assert "import" not in source
