"""Settings of one trial, as files for what comes after the search: a live config, or the same backtest on new dates."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from sweep.backtest import check
from sweep.backtest.script.settings_code import settings_code
from sweep.backtest.user_code.source_hashes import import_paths
from sweep.errors import SweepError
from sweep.executors.worker.isolation import examined
from sweep.ledger.ledger import Row
from sweep.ledger.recorded_spec import recorded_sections
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.runner.chosen.recorded_code import recorded_code
from sweep.runner.plan import importable_code
from sweep.spec import yaml_document
from sweep.spec.components.places import strategies as strategies_of
from sweep.spec.model import BACKTEST, resolve

type Rule = Literal["objective", "plateau"]


def choose(report: Report, by: Rule) -> Row:
    """The best trial by the objective, or the centre of the plateau. SweepError where there is none."""
    if by == "objective":
        return report.best()
    if not (listed := report.choice().by_plateau):
        raise SweepError(f"{report.id}: no trial has neighbours to compare with: take --by objective")
    return report.trial(listed[0].number)


def document(report: Report, row: Row, by: Rule) -> dict[str, Any]:
    """The settings of a trial, and where they come from.

    Each strategy has the keys of the engine's `ImportableStrategyConfig`.
    """
    backtest = resolve(report.facts.backtest, row.params)
    metric = report.objective["metric"]
    strategies = [
        {"strategy_path": s.data.get("path"), "config_path": s.data.get("config_path"), "config": dict(s.config)}
        for s in strategies_of(backtest)
    ]
    return {
        "sweep": report.id,
        "trial": row.number,
        "key": row.key,
        "chosen_by": by,
        "objective": {**report.objective, "value": row.metrics.get(metric)},
        "engine": report.facts.engine,
        "data": report.facts.data,
        "period": dict(backtest["period"]),
        "params": dict(row.params),
        "strategies": strategies,
        "venues": backtest["venues"],
    }


def as_json(settings: Mapping[str, Any]) -> str:
    """The settings as JSON."""
    return json.dumps(settings, indent=2)


def as_yaml(settings: Mapping[str, Any]) -> str:
    """The settings as YAML."""
    return yaml_document.dump(dict(settings))


def as_python(report: Report, row: Row, settings: Mapping[str, Any]) -> str:
    """The settings as a Python module: the config of each strategy, as it is built for a trial."""
    backtest = resolve(report.facts.backtest, row.params)
    with examined(recorded_code(report.folder, report.facts, import_paths(backtest))):
        if mistakes := check(backtest):
            raise SweepError(f"the record of {report.id} cannot be written as Python: {mistakes[0]}")
        return settings_code(backtest, {k: settings[k] for k in ("sweep", "trial", "key", "engine", "data")})


def trial_spec(folder: Folder, trial: str) -> str:
    """The spec of the backtest of one trial of a sweep, and its captured code importable."""
    importable_code(folder)
    report = Report(folder)
    return spec_text(report, report.trial(trial))


def spec_text(report: Report, row: Row) -> str:
    """The spec of the backtest of one trial, without a search."""
    resolved = resolve(report.facts.backtest, row.params)
    written = recorded_sections(report.folder)
    sections = {key: written[key] for key in ("verify", "limits", "tracking") if key in written}
    return as_yaml({"name": report.name, **{k: resolved[k] for k in BACKTEST if k in resolved}, **sections})
