"""Thirty and more broken specs: exit code 2, every mistake at once with its line, no traceback, nothing started."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sweep.cli import app
from tests.support import sweeps

GOOD = """\
name: small
catalog: {catalog}
period: {start: 2026-05-04, end: 2026-05-06}
data:
  - {type: QuoteTick, instruments: [SPY.ARCA]}
venues:
  - name: ARCA
    oms_type: NETTING
    account_type: MARGIN
    base_currency: USD
    starting_balances: [100_000 USD]
    fill_model: {type: DefaultFillModel, random_seed: 1}
    fee_model: {type: PerContractFeeModel, commission: 0.01 USD}
strategy:
  path: tests.support.worker_fault_strategy:WorkerFaultStrategy
  config_path: tests.support.worker_fault_strategy:WorkerFaultStrategyConfig
  config: {how: well}
search:
  method: grid
  space:
    strategy.seed: [1, 2, 3]
objective: {metric: pnl_total, direction: maximize}
limits: {trial_timeout: 1m}
tracking: {uri: "sqlite:///mlflow.db", tearsheets: top 10}
"""


@dataclass(frozen=True)
class Broken:
    """Edits of the good spec, and what must be said: place and a part of the sentence, for each mistake."""

    name: str
    edits: tuple[tuple[str, str], ...]
    problems: tuple[tuple[str, str], ...]


def broken(name: str, *edits: tuple[str, str], problems: list[tuple[str, str]]) -> Broken:
    return Broken(name, edits, tuple(problems))


CASES = [
    broken("typo in a section", ("limits:", "limit:"), problems=[("limit", "did you mean 'limits'")]),
    broken("typo in a key", ("trial_timeout", "trial_timeuot"), problems=[("limits.trial_timeuot", "did you mean 'trial_timeout'")]),
    broken("section missing", ("strategy:\n  path", "x:\n  path"), problems=[("strategy", "is missing"), ("x", "is not a section")]),
    broken("bad name", ("name: small", "name: a/b c"), problems=[("name", "letters, digits")]),
    broken("bad date", ("2026-05-04", "2026-05-44"), problems=[("period.start", "must be a date")]),
    broken("period upside down", ("end: 2026-05-06", "end: 2026-05-01"), problems=[("period", "start must be before end")]),
    broken("period without data", ("2026-05-04, end: 2026-05-06", "2027-05-04, end: 2027-05-06"), problems=[("data.0.instruments.0", "no QuoteTick in the period")]),
    broken("no catalog there", ("catalog: {catalog}", "catalog: nowhere/at/all"), problems=[("catalog", "does not exist")]),
    broken("unknown data type", ("QuoteTick", "QuoteTik"), problems=[("data.0.type", "did you mean 'QuoteTick'")]),
    broken("unknown instrument", ("[SPY.ARCA]", "[SPX.ARCA]"), problems=[("data.0.instruments.0", "does not define this instrument")]),
    broken("instrument twice", ("[SPY.ARCA]", "[SPY.ARCA, SPY.ARCA]"), problems=[("data.0.instruments.1", "in the list twice")]),
    broken("data not in the catalog", ("QuoteTick", "TradeTick"), problems=[("data.0.instruments.0", "holds no TradeTick")]),
    broken("events of an unknown class", ("venues:", '  - {type: "tests.support.worker_fault_strategy:Nope"}\nvenues:'), problems=[("data.1", "no 'Nope'")]),
    broken("empty data", ("  - {type: QuoteTick, instruments: [SPY.ARCA]}", "  []"), problems=[("data", "at least one element")]),
    broken("venue twice", ("strategy:\n", "  - {name: ARCA}\nstrategy:\n"), problems=[("venues.1.name", "name of an earlier venue")]),
    broken("venue key", ("oms_type", "oms_tipe"), problems=[("venues.ARCA.oms_tipe", "did you mean 'oms_type'")]),
    broken("enum value", ("NETTING", "NETTTING"), problems=[("venues.ARCA.oms_type", "did you mean 'NETTING'")]),
    broken("money", ("100_000 USD", "plenty"), problems=[("venues.ARCA.starting_balances", "")]),
    broken("unknown currency", ("100_000 USD", "100_000 USX"), problems=[("venues.ARCA.starting_balances", "")]),
    broken("unseeded random model", (", random_seed: 1", ""), problems=[("venues.ARCA.fill_model", "random_seed")]),
    broken("unknown model", ("DefaultFillModel", "DefualtFillModel"), problems=[("venues.ARCA.fill_model", "did you mean 'DefaultFillModel'")]),
    broken("unknown argument of a model", ("commission:", "comission:"), problems=[("venues.ARCA.fee_model", "did you mean 'commission'")]),
    broken("unknown module", ("tests.support.worker_fault_strategy:WorkerFaultStrategy\n", "tests.support.worker_faults:WorkerFaultStrategy\n"), problems=[("strategy.path", "worker_faults")]),
    broken("unknown class", ("worker_fault_strategy:WorkerFaultStrategyConfig", "worker_fault_strategy:WorkerFaultStrategyConfi"), problems=[("strategy.config_path", "did you mean 'WorkerFaultStrategyConfig'")]),
    broken("no import path", ("tests.support.worker_fault_strategy:WorkerFaultStrategy\n", "WorkerFaultStrategy\n"), problems=[("strategy.path", "module:Class")]),
    broken("unknown parameter of the strategy", ("how: well", "hwo: well"), problems=[("strategy.config.hwo", "did you mean 'how'")]),
    broken("mistyped parameter", ("how: well", "how: 5"), problems=[("strategy.config.how", "")]),
    broken("mistyped value in the space", ("[1, 2, 3]", "[1, two, 3]"), problems=[("search.space.strategy.seed", "'two'")]),
    broken("unknown parameter in the space", ("strategy.seed", "strategy.sede"), problems=[("search.space.strategy.sede", "did you mean 'seed'")]),
    broken("space addresses nothing", ("strategy.seed", "venues.NYSE.fill_model.random_seed"), problems=[("search.space.venues.NYSE", "addresses nothing")]),
    broken("one value twice", ("    strategy.seed: [1, 2, 3]", "    strategy.seed: [1, 2]\n    strategy.config.seed: [1, 2]"), problems=[("search.space.strategy.config.seed", "same value as strategy.seed")]),
    broken("inverted range", ("[1, 2, 3]", "{low: 9, high: 1, step: 1}"), problems=[("search.space.strategy.seed", "low must not be above high")]),
    broken("endless range in a grid", ("[1, 2, 3]", "{low: 1, high: 9}"), problems=[("search.space.strategy.seed", "countable")]),
    broken("impossible constraint", ("objective:", '  constraints: ["seed > 5"]\nobjective:'), problems=[("search.constraints", "no point of the space")]),
    broken("unknown name in a constraint", ("objective:", '  constraints: ["sede > 0"]\nobjective:'), problems=[("search.constraints.0", "did you mean 'seed'")]),
    broken("code in a constraint", ("objective:", "  constraints: [\"__import__('os').remove('x')\"]\nobjective:"), problems=[("search.constraints.0", "neither a parameter")]),
    broken("condition that never holds", ("[1, 2, 3]", '[1, 2, 3]\n    strategy.buys: {values: [1, 2], when: "seed == 7"}'), problems=[("search.space.strategy.buys.when", "never holds")]),
    broken("unknown method", ("method: grid", "method: gird"), problems=[("search.method", "must be grid, optuna, or a sampler")]),
    broken("unknown metric", ("pnl_total", "pnl_totl"), problems=[("objective.metric", "did you mean 'pnl_total'")]),
    broken("unknown direction", ("maximize", "up"), problems=[("objective.direction", "'maximize'")]),
    broken("bad duration", ("trial_timeout: 1m", "trial_timeout: soon"), problems=[("limits.trial_timeout", "must be a time")]),
    broken("bad tearsheets", ("top 10", "some"), problems=[("tracking.tearsheets", "all, none, or top N")]),
    broken("bad children", ("tearsheets: top 10", "children: some"), problems=[("tracking.children", "auto, all, none, or top:N")]),
    broken("no address of MLflow", ("sqlite:///mlflow.db", "sqlite://mlflow.db"), problems=[("tracking.uri", "")]),
    broken("a bad validation", ("limits:", "validation: {lockbox: half, walk_forward: {train: 60, purge: 1d, anchor: true}, x: 1}\nlimits:"), problems=[("validation.lockbox", "20 %"), ("validation.walk_forward.train", "60d"), ("validation.walk_forward.test", "is missing"), ("validation.walk_forward.anchor", "did you mean 'anchored'"), ("validation.x", "not a key")]),
    broken("a lock-box of everything", ("limits:", "validation: {lockbox: 2d}\nlimits:"), problems=[("validation.lockbox", "leaves nothing to search")]),
    broken("windows longer than the period", ("limits:", "validation: {walk_forward: {train: 2d, test: 1d}}\nlimits:"), problems=[("validation.walk_forward", "at least 3 trading days")]),
    broken("a period that is searched and divided", ("limits:", "validation: {lockbox: 1d}\nlimits:"), ("    strategy.seed: [1, 2, 3]", "    period.start: [2026-05-04, 2026-05-05]"), problems=[("search.space.period.start", "divides the period")]),
    broken("windows that end by the clock", ("limits:", "validation: {walk_forward: {train: 2d, test: 1d}}\nlimits:"), ("method: grid", "method: grid\n  stop: {wall_clock: 1h}"), problems=[("search.stop.wall_clock", "wherever the machine is")]),
    broken("key twice", ("limits:", "name: again\nlimits:"), problems=[("name", "is written twice")]),
    broken("no YAML", ("limits: {", "limits: {{"), problems=[("", "is not valid YAML")]),
    broken(
        "a bad study",
        ("method: grid", 'method: optuna\n  trials: 0\n  sampler: tpee\n  pruner: {type: median, rungs: [0.5]}\n  metric_constraints: ["trads >= 30"]'),
        ("objective: {metric: pnl_total, direction: maximize}", "objective: [{metric: pnl_total}, {metric: fees, direction: minimize}]"),
        problems=[("search.trials", "at least 1"), ("search.sampler", "did you mean 'tpe'"), ("search.pruner", "one objective"), ("search.metric_constraints.0", "'trades'"), ("objective.0.direction", "is missing")],
    ),
    broken(
        "a study whose mistakes hide no others",
        ("method: grid", "method: optuna\n  trials: 9\n  startup_trials: -1\n  sampler: tpee\n  pruner: {type: asah, rungs: [0.5, 1.5]}"),
        problems=[("search.startup_trials", "at least 0"), ("search.sampler", "did you mean 'tpe'"), ("search.pruner.type", "did you mean 'asha'"), ("search.pruner.rungs.1", "share of the period")],
    ),
    broken(
        "many mistakes at once",
        ("2026-05-04", "soon"), ("NETTING", "NETTTING"), ("how: well", "hwo: well"), ("pnl_total", "pnl"), ("[1, 2, 3]", "[]"), ("trial_timeout", "timeout"),
        problems=[("period.start", "date"), ("venues.ARCA.oms_type", "NETTING"), ("strategy.config.hwo", "'how'"), ("objective.metric", "pnl"), ("search.space.strategy.seed", "at least one"), ("limits.timeout", "trial_timeout")],
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("catalog"), minutes=2)


def spec(catalog: str, case: Broken) -> str:
    text = GOOD
    for old, new in case.edits:
        assert old in text, f"the edit {old!r} of {case.name!r} fits nothing"
        text = text.replace(old, new, 1)
    return text.replace("{catalog}", catalog)


def invoke(arguments: list[str]):
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_good_spec_is_good(catalog: str, tmp_path: Path):
    path = tmp_path / "spec.yaml"
    path.write_text(GOOD.replace("{catalog}", catalog))
    result = invoke(["run", str(path), "--dry-run", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["trials"] == 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_spec(catalog: str, tmp_path: Path, case: Broken):
    path, runs = tmp_path / "spec.yaml", tmp_path / "runs"
    path.write_text(spec(catalog, case))
    result = invoke(["run", str(path), "--runs-dir", str(runs), "--json"])
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    problems = json.loads(result.stdout)["problems"]
    for where, part in case.problems:
        assert any(
            p["where"].startswith(where) and part in f"{p['rule']} {p['value']!r} {p['remedy']}" for p in problems
        ), (where, part, problems)
    assert all(p["line"] for p in problems if not p["rule"].startswith("is missing")), problems
    assert not runs.exists()
    for where, _ in case.problems:
        assert where in result.stderr


def test_settings_are_checked_like_the_file(catalog: str, tmp_path: Path):
    path = tmp_path / "spec.yaml"
    path.write_text(GOOD.replace("{catalog}", catalog))
    result = invoke(
        ["run", str(path), "--set", "strategy.hwo=x", "--set", "nothing", "--set", "limits.retries=-1", "--dry-run"]
    )
    assert result.exit_code == 2
    for part in ("strategy.config.hwo", "must be PATH=VALUE", "limits.retries"):
        assert part in result.stderr
    assert invoke(["run", str(path), "--set", "search.space.strategy.seed=[1]", "--dry-run"]).exit_code == 0


def test_arguments_are_checked_too(catalog: str, tmp_path: Path):
    path = tmp_path / "spec.yaml"
    path.write_text(GOOD.replace("{catalog}", catalog))
    for arguments in (
        ["run", str(tmp_path / "spek.yaml")],
        ["run", str(path), "--executor", "dask"],
        ["show", "nothing"],
        ["run"],
    ):
        result = invoke(arguments)
        assert result.exit_code == 2, arguments
        assert "Traceback" not in result.output
