import json
import sys

import pytest
import yaml

from sweep.common.disk_cache import cache_root
from sweep.errors import InputError, SweepError
from sweep.port.prove import proof
from sweep.port.prove.causes import causes
from sweep.results.diff.decisions import Decision, Side, compare
from sweep.runner.engines import environment
from tests.port import cases, golden, market
from tests.support.commands import invoke

GOLDEN = json.loads((golden.FIXTURES / "decisions.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """An old file, the new one, and the spec that runs it."""
    folder = tmp_path_factory.mktemp("proof")
    catalog = market.write(folder / "catalog")
    old = folder / "old" / "by_timer.py"
    old.parent.mkdir()
    old.write_text((cases.STRATEGIES / "by_timer.py").read_text("utf-8"), encoding="utf-8")
    invoke("port", old, "--out", folder)
    (folder / "proof_by_timer.py").write_text((folder / "by_timer.py").read_text("utf-8"), encoding="utf-8")
    (folder / "spec.yaml").write_text(
        yaml.safe_dump(cases.spec("by_timer", catalog, "proof_by_timer")), encoding="utf-8"
    )
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def old_engine(tmp_path, monkeypatch):
    """An interpreter that answers as 1.231 did: the golden file, with what a test changes in it."""

    def answering(change=lambda decisions: decisions, code=0):
        program, answer = tmp_path / "python", tmp_path / "answer.json"
        answer.write_text(json.dumps({"positions": change(GOLDEN["by_timer"])}), encoding="utf-8")
        program.write_text(f"#!/bin/sh\necho 'Boom: no' >&2\ncp {answer} $5\nexit {code}\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setattr(environment, "python", lambda say: program)

    return answering


def test_both_engines_decide_the_same(project, old_engine):
    old_engine()
    proven = proof.prove(project / "spec.yaml", [], project / "old" / "by_timer.py", print)
    assert proven.identical and len(proven.comparison.pairs) == 21 and proven.causes == ()
    assert (
        "identical" in invoke("port", "--prove", project / "spec.yaml", "--old", project / "old" / "by_timer.py").stdout
    )


def test_the_first_decision_that_differs_is_shown_with_what_may_explain_it(project, old_engine):
    old_engine(lambda decisions: [decisions[0], {**decisions[1], "price": 9.0}, *decisions[3:]])
    result = invoke("port", "--prove", project / "spec.yaml", "--old", project / "old" / "by_timer.py", code=1)
    assert "1.x: " in result.stdout and "at 9" in result.stdout and "2 of 21" in result.stdout
    assert "computer's clock" in result.stdout


def test_an_old_file_that_fails_is_told_by_its_last_lines(project, old_engine):
    old_engine(code=1)
    with pytest.raises(SweepError, match=r"FAILED under 1\.231: Boom: no"):
        proof.prove(project / "spec.yaml", [], project / "old" / "by_timer.py", print)


def test_what_the_old_engine_cannot_have_is_told_before_anything_runs(project, tmp_path):
    other = tmp_path / "other.py"
    other.write_text(
        "from nautilus_trader.trading.strategy import Strategy\n\n\nclass Other(Strategy):\n    pass\n",
        encoding="utf-8",
    )
    backtest = cases.spec("by_timer", project / "catalog", "m")
    backtest["data"] = [*backtest["data"], {"type": "FundingRateUpdate", "instruments": ["NO.SIM"]}]
    with pytest.raises(InputError) as refused:
        proof.job_of(backtest, other)
    assert [problem.where for problem in refused.value.problems] == ["data.1", "--old", "data"]
    with pytest.raises(InputError, match="no such file"):
        proof.job_of(backtest, tmp_path / "none.py")


TEAM = """from nautilus_trader.common.actor import Actor
from nautilus_trader.config import ActorConfig, StrategyConfig
from nautilus_trader.execution.algorithm import ExecAlgorithm
from nautilus_trader.trading.strategy import Strategy


class PaceConfig(ActorConfig, frozen=True):
    minutes: int = 7


class Pace(Actor):
    def __init__(self, config: PaceConfig) -> None:
        super().__init__(config)


class BaseConfig(StrategyConfig, frozen=True):
    size: int = 1


class Base(Strategy):
    def __init__(self, config: BaseConfig) -> None:
        super().__init__(config)


class Mine(Base):
    pass


class Halves(ExecAlgorithm):
    pass
"""


def test_every_component_is_handed_to_the_old_engine(project, tmp_path):
    old = tmp_path / "team.py"
    old.write_text(TEAM, encoding="utf-8")
    backtest = cases.spec("by_timer", project / "catalog", "m")
    del backtest["strategy"]
    backtest |= {
        "strategies": [{"name": "a", "path": "m:Mine", "config": {"size": 2}}, {"name": "b", "path": "m:Mine"}],
        "actors": [{"name": "pace", "path": "m:Pace", "config_path": "m:PaceConfig", "config": {"minutes": 3}}],
        "exec_algorithms": [{"name": "Halves", "path": "m:Halves"}, {"name": "TWAP", "native": "TWAP"}],
    }
    job = proof.job_of(backtest, old)
    assert [(c["class"], c["config_class"], c["config"]) for c in job["strategies"]] == [
        ("Mine", "BaseConfig", {"size": 2}), ("Mine", "BaseConfig", {})
    ]  # fmt: skip
    assert [c["config_class"] for c in job["actors"]] == ["PaceConfig"] and job["classes"]["Pace"] == str(old)
    assert [(c["class"], c["config_class"]) for c in job["exec_algorithms"]] == [
        ("Halves", None), ("TWAPExecAlgorithm", None)
    ]  # fmt: skip
    backtest["actors"].append({"name": "x", "path": "m:None"})
    backtest["strategies"].append({"name": "c", "native": "EmaCross"})
    with pytest.raises(InputError) as refused:
        proof.job_of(backtest, old)
    assert [problem.where for problem in refused.value.problems] == ["actors.x", "strategies.c"]


def test_decisions_of_one_moment_are_compared_whatever_the_order_of_the_engines(project, old_engine):
    big, small = Decision(1, "A", "LONG", 2.0, 1.0), Decision(1, "A", "LONG", 1.0, 1.0)
    assert proof.in_order([big, small]) == proof.in_order([small, big]) == [small, big]


def test_causes_name_what_the_spec_leaves_to_the_engines(tmp_path):
    old = tmp_path / "old.py"
    old.write_text(
        "from nautilus_trader.indicators import RelativeStrengthIndex\n\nx = RelativeStrengthIndex(3)\n",
        encoding="utf-8",
    )
    venue = {
        "name": "SIM",
        "account_type": "MARGIN",
        "fill_model": {"prob_fill_on_limit": 0.5},
        "latency_model": {"a": 1},
    }
    one = compare(Side("a", [Decision(1, "A", "LONG", 1.0, 2.0)]), Side("b", [Decision(1, "A", "LONG", 1.0, 3.0)]))
    job = {"venues": [venue], "classes": {"Old": str(old)}, "strategies": [{"class": "Old", "config": {}}]}
    text = "\n".join(causes(job, one))
    for part in ("RelativeStrengthIndex", "random", "default_leverage", "in flight", "other prices"):
        assert part in text
    assert "RelativeStrengthIndex" not in "\n".join(causes(job, one, compat=True))

    old.write_text("def on_stop(self):\n    self.close_all_positions(self.instrument_id)\n", encoding="utf-8")
    config = {"instrument_id": "A/B.SIM"}
    two = [
        {"class": "Old", "config": config},
        {"class": "Old", "config": {"bar_type": "A/B.SIM-1-MINUTE-MID-EXTERNAL"}},
    ]
    job |= {"strategies": two, "instruments": [{"id": "A/B.SIM"}]}
    assert "2 strategies trade A/B.SIM" in "\n".join(causes(job, one))
    assert "strategies trade" not in "\n".join(causes(job | {"strategies": two[:1]}, one))
    assert "strategies trade" not in "\n".join(causes(job | {"venues": [venue | {"oms_type": "HEDGING"}]}, one))
    assert "2.0 rejects reduce-only" in "\n".join(causes(job | {"venues": [venue | {"use_reduce_only": False}]}, one))


def test_an_environment_that_cannot_be_made_is_told(failing_uv):
    messages = []
    with pytest.raises(SweepError, match=r"could not be made \(uv venv\): no such thing"):
        environment.python(messages.append)
    assert "about 900 MB, once" in messages[0] and not [*cache_root().glob("nautilus*")]


@pytest.mark.slow
def test_1_231_itself_agrees(project):
    if not (cache_root() / f"nautilus_trader-{environment.VERSION}" / ".complete").exists():
        pytest.skip("there is no environment for 1.231; `python tests/port/golden.py` makes one")
    assert proof.prove(project / "spec.yaml", [], project / "old" / "by_timer.py", print).identical
