"""Effect of every section of a spec on the sweep: another sweep, another ranking, or none. No section is forgotten."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.runner.plan import plan
from sweep.runner.resume import differences
from sweep.spec.model import Spec
from tests.support import markets, sweeps

TRADER = sweeps.spec("", {})["strategy"]
HERE = "tests.support.portfolio"
REGIME = {"path": f"{HERE}:Regime", "config_path": f"{HERE}:RegimeConfig"}
FOLLOWERS = [
    {"name": name, "path": f"{HERE}:Follower", "config": {"instrument_id": "SPY.ARCA", "trade_size": 8}}
    for name in ("fast", "slow")
]
STUDY = {"method": "optuna", "trials": 4, "space": {"strategy.buys": [1, 2]}}
RESULTS = {  # a change that makes another sweep, which the reasons name by this word
    "period": ({"start": "2026-05-04", "end": "2026-05-05"}, "period.end"),
    "data": ([{"type": "QuoteTick", "instruments": ["SPY.ARCA", "QQQ.ARCA"]}], "data"),
    "venues": ([sweeps.spec("", {})["venues"][0] | {"starting_balances": ["90000 USD"]}], "venues.0.starting_balances"),
    "strategy": (sweeps.spec("", {})["strategy"] | {"config": {"pause": 0.5}}, "strategy.config.pause"),
    "strategies": ([TRADER | {"name": "fast"}], "strategies"),
    "actors": ([REGIME], "actors"),
    "exec_algorithms": ([{"path": "tests.support.portfolio:Halves"}], "exec_algorithms"),
    "controller": ({"path": f"{HERE}:Boss", "config_path": f"{HERE}:BossConfig"}, "controller"),
    "engine": ({"risk_engine": {"max_order_submit_rate": "1/00:00:01"}}, "engine"),
    "metrics": ({"mine": "tests.support.metrics:twice_the_fees"}, "metrics"),
    "data_missing": ({"allow": ["TradeTick SPY.ARCA"]}, "data_missing"),
    "code": ({"accept": ["mine.py:3"]}, "code"),
    "risk": ({"max_drawdown": "10 %"}, "risk"),
    "portfolio": ({"weights": {"fast": 1, "slow": 3}}, "portfolio"),
    "validation": ({"lockbox": "2026-05-05"}, "period"),
    "search": (STUDY, "search"),
}
RANKING = {  # a change that keeps the sweep and ranks its trials anew
    "objective": {"metric": "win_rate"},
    "prefer": ["trades"],
    "benchmark": {"instrument": "SPY.ARCA"},
}
NO_EFFECT = {  # a change that no result depends on
    "limits": {"trial_timeout": "9m"},
    "execution": {"pack": 8},
    "verify": {"accept": ["crossed"]},
    "stress": {"top": 2},
    "tracking": {"tearsheets": "none", "uri": "sqlite:///other.db"},
}
IDENTITY = {"name", "catalog"}  # the first part of the id; the place of the data, which its content stands for


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two sessions of quotes of two instruments."""
    instruments = [markets.equity(name) for name in ("SPY.ARCA", "QQQ.ARCA")]
    starts = [markets.ns(f"{day}T13:30:00") for day in sweeps.DAYS]
    rows = [(start + n * markets.SECOND, 700.0, 700.01) for start in starts for n in range(60)]
    quotes = [quote for instrument in instruments for quote in markets.quotes(instrument, rows)]
    return markets.write(tmp_path_factory.mktemp("catalog"), instruments, quotes=quotes)


def make(catalog: str, **more: Any) -> Any:
    spec = sweeps.spec(catalog, {"strategy.buys": [1, 2]}, **more)
    if "portfolio" in more:
        spec["strategies"] = FOLLOWERS
    if "strategies" in spec:
        del spec["strategy"]
        size = "trade_size" if "portfolio" in more else "buys"
        spec["search"]["space"] = {f"strategies.fast.{size}": [8, 16]}
    return plan(yaml.safe_dump(spec, sort_keys=False))


def facts(planned: Any) -> dict[str, Any]:
    return {name: value for name, value in planned.facts().items() if name != "created"}


def test_every_section_of_a_spec_is_here():
    assert set(Spec.model_fields) == RESULTS.keys() | RANKING.keys() | NO_EFFECT.keys() | IDENTITY


@pytest.mark.parametrize("section", RESULTS)
def test_a_section_that_results_depend_on_makes_another_sweep_and_is_named(catalog: str, section: str, tmp_path: Path):
    value, word = RESULTS[section]
    before, after = make(catalog), make(catalog, **{section: value})
    assert after.id != before.id
    folder = Folder(tmp_path)
    Ledger.create(folder.ledger, before.facts()).close()
    assert any(word in reason for reason in differences(folder, after))
    assert plan(after.yaml()).id == after.id


@pytest.mark.parametrize("section", RANKING)
def test_a_section_of_the_ranking_keeps_the_sweep_and_changes_its_facts(catalog: str, section: str):
    several = [{"metric": "pnl_total", "direction": "maximize"}, {"metric": "trades", "direction": "minimize"}]
    base = {"objective": several} if section == "prefer" else {}
    before, after = make(catalog, **base), make(catalog, **base | {section: RANKING[section]})
    assert after.id == before.id
    assert facts(after) != facts(before)
    assert facts(plan(after.yaml())) == facts(after)


@pytest.mark.parametrize("section", NO_EFFECT)
def test_a_section_without_effect_on_results_changes_neither_sweep_nor_facts(catalog: str, section: str):
    before, after = make(catalog), make(catalog, **{section: NO_EFFECT[section]})
    assert after.id == before.id
    assert facts(after) == facts(before)
    assert getattr(plan(after.yaml()).spec, section) == getattr(after.spec, section)
