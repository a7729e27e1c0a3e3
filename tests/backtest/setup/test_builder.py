"""`check` finds every mistake that needs no replay, and reads no data."""

import pytest

from sweep.backtest import check
from tests.support.portfolio_specs import component
from tests.support.trials import strategy, trial, venue
from tests.support.written_modules import write_module


def places(backtest):
    return sorted(p.where for p in check(backtest))


def test_a_sound_backtest_has_no_problems():
    assert check(trial("/no/such/catalog", strategy())) == []


def test_all_mistakes_of_all_parts_at_once():
    broken = trial(
        "/no/such/catalog",
        strategy(ordres=[], instrument_id="SPY"),
        venues=[venue(oms_type="NETING", fill_model={"type": "ThreeTierFillModel"}), venue("XNAS", flags=1)],
        data=[{"type": "QuoteTik"}, {"type": "no.such:Thing"}],
        start="2026-05-09",
        end="2026-05-04",
    )
    assert places(broken) == [
        "data.0.type",
        "data.1.type",
        "period",
        "strategy.config.instrument_id",
        "strategy.config.ordres",
        "venues.ARCA.fill_model.random_seed",
        "venues.ARCA.oms_type",
        "venues.XNAS.flags",
    ]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"venues": []}, "venues"),
        ({"venues": None}, "venues"),
        ({"data": {}}, "data"),
        ({"venues": [venue(), venue()]}, "venues.ARCA"),
        ({"period": {"start": "2026-05-04", "end": "soon"}}, "period.end"),
        ({"period": {"start": "2026-05-04"}}, "period.end"),
        ({"period": {"start": "2026-05-04", "end": "2026-05-04"}}, "period"),
        ({"strategy": {}}, "strategy.path"),
        ({"strategy": {"path": "tests.support.strategies"}}, "strategy.path"),
        ({"strategy": {"path": "tests.support.strategies:Scriptd"}}, "strategy.path"),
        ({"strategy": {"path": "tests.support.strategies:ScriptedConfig"}}, "strategy.path"),
        ({"strategy": strategy(config="ScriptedConfg")}, "strategy.config_path"),
        ({"strategy": {"path": "tests.support.raising_module:X"}}, "strategy.path"),
    ],
)
def test_each_part(change, where):
    assert places(trial("/none", strategy()) | change) == [where]


def test_a_module_that_cannot_be_imported_says_why():
    (problem,) = check(trial("/none", strategy()) | {"strategy": {"path": "tests.support.raising_module:X"}})
    assert problem.rule == "importing 'tests.support.raising_module' failed: RuntimeError: no licence file"


def test_a_file_of_1_is_told_once_for_the_strategy_and_its_config(tmp_path, monkeypatch):
    source = "from nautilus_trader.trading.strategy import Strategy\n"
    (tmp_path / "file_of_old_times.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    paths = {"path": "file_of_old_times:S", "config_path": "file_of_old_times:C", "config": {"x": 1}}
    (problem,) = check(trial("/none", strategy()) | {"strategy": paths})
    assert problem.where == "strategy.path" and "sweep port" in problem.remedy


def test_mistakes_in_code_are_told_beside_those_of_the_spec(tmp_path, monkeypatch):
    source = "class S(Strategy):\n    def on_start(self):\n        self.algo = ExecAlgorithmId('SLICER')\n"
    module = write_module(tmp_path, monkeypatch, f"from nautilus_trader.model import ExecAlgorithmId\n{source}")
    whole = trial("/no/such/catalog", {}) | {
        "strategies": [{"name": "s", "path": f"{module.__name__}:S"}, {"name": "x", "native": "EmaCros", "config": {}}],
        "exec_algorithms": [component("TWAP", "Halves", pieces=3)],
    }
    del whole["strategy"]
    problems = check(whole)
    assert {"strategies.x.native", "exec_algorithms.TWAP.config.pieces"} <= {p.where for p in problems}
    (in_code,) = (p for p in problems if p.is_in_code)
    assert in_code.remedy == "list it under `exec_algorithms:`; known: TWAP"
    whole["strategies"][0]["path"] = "tests.support.portfolio:Turning"
    assert not [p for p in check(whole) if p.is_in_code]
