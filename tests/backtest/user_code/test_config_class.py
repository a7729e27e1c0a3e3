"""The config class of a strategy, told by its source."""

import sys

import pytest

from sweep.backtest.user_code.config_class import config_path

CONFIGS = "class Settings:\n    pass\n\n\nclass Other:\n    pass\n"
CASES = {
    "annotated": ("class C: pass\nclass S:\n    def __init__(self, config: C): ...\n", "m:C"),
    "as text": ('class C: pass\nclass S:\n    def __init__(self, config: "C"): ...\n', "m:C"),
    "optional": ("class C: pass\nclass S:\n    def __init__(self, config: C | None = None): ...\n", "m:C"),
    "not first": ("class C: pass\nclass S:\n    def __init__(self, size: int, config: C): ...\n", "m:C"),
    "another name": ("class C: pass\nclass S:\n    def __init__(self, settings: C): ...\n", "m:C"),
    "imported": (
        "from configs import Settings\nclass S:\n    def __init__(self, config: Settings): ...\n", "m:Settings",
    ),
    "renamed": (
        "from configs import Settings as X\nclass S:\n    def __init__(self, config: X): ...\n", "m:X",
    ),
    "for type checkers": (
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from configs import Settings\n"
        'class S:\n    def __init__(self, config: "Settings"): ...\n'), "configs:Settings",
    ),
    "by its module": (
        "import configs\nclass S:\n    def __init__(self, config: configs.Settings): ...\n", "configs:Settings",
    ),
    "of the base": (
        "class C: pass\nclass B:\n    def __init__(self, config: C): ...\nclass S(B): pass\n", "m:C",
    ),
    "by its name": ("class SConfig: pass\nclass S: pass\n", "m:SConfig"),
    "imported strategy": ("from inner import S\n", "inner:SConfig"),
    "the engine's": (
        ("from nautilus_trader.trading import StrategyConfig\nclass S:\n"
        "    def __init__(self, config: StrategyConfig): ...\n"), None,
    ),
    "arguments, no config": ("class C: pass\nclass S:\n    def __init__(self, rules: C, fast: int): ...\n", None),
    "not annotated": ("class C: pass\nclass S:\n    def __init__(self, config): ...\n", None),
    "no such class": ("class Other: pass\n", None),
    "in a circle": ("from m import S\n", None),
    "broken": ("class S(\n", None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_source_tells(tmp_path, monkeypatch, case):
    source, expected = CASES[case]
    (tmp_path / "m.py").write_text(source)
    (tmp_path / "configs.py").write_text(CONFIGS)
    (tmp_path / "inner.py").write_text("class SConfig: pass\nclass S: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert config_path("m:S") == expected
    assert not {"m", "configs", "inner"} & sys.modules.keys()  # nothing has run


@pytest.mark.parametrize("name", ["score_bracket:ScoreBracket", "iron_condor:IronCondor", "hedge_grid:HedgeGrid"])
def test_a_ready_strategy_needs_no_config_path(name):
    assert config_path(f"sweep.strategies.{name}") == f"sweep.strategies.{name}Config"


@pytest.mark.parametrize("path", ["", ":", "nowhere:S", "json:S", "no path"])
def test_a_path_that_leads_nowhere_has_none(path):
    assert config_path(path) is None
