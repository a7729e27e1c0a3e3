"""Resolve the two arguments of `sweep diff`, and check that both used the same data."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from sweep.backtest.records import BacktestRecord, Hooks, Position
from sweep.catalog import Fingerprint
from sweep.catalog.remote import brought
from sweep.common.messages import Say, silent
from sweep.common.units import nanos, quantity
from sweep.errors import InputError, Problem, SweepError
from sweep.executors.worker.run_trial import execute
from sweep.results import artifacts
from sweep.results.diff import decision_log as logs
from sweep.results.diff import outputs
from sweep.results.diff.decisions import NEAR, Comparison, Decision, Side, Tolerance, compare
from sweep.results.diff.outputs import Check
from sweep.runner import replay, single_backtest
from sweep.runner.chosen.trial_name import find_trial, is_trial_name
from sweep.runner.plan import plan
from sweep.spec.data_kinds import time_span
from sweep.spec.model import resolve
from sweep.trial import State


@dataclass(frozen=True, slots=True)
class DiffSide:
    """One side before it ran: what it is, and how to get its decisions."""

    label: str
    backtest: Mapping[str, Any] | None  # resolved; None of a log
    load: Callable[[], Side]


def source(text: str, settings: Sequence[str], runs_dir: Path) -> DiffSide:
    """A spec, the folder of a backtest, SWEEP:TRIAL, or a log of decisions. InputError for anything else."""
    path = Path(text)
    if path.is_dir() and (path / artifacts.CONFIG).exists():
        return DiffSide(path.name, json.loads((path / artifacts.CONFIG).read_text("utf-8")), lambda: of_folder(path))
    if path.is_file() and logs.is_log(path):
        return DiffSide(path.name, None, lambda: logs.read(path))
    if path.is_file():
        return of_spec(path, settings)
    if not is_trial_name(text):
        rule = "is neither a file, nor the folder of a `sweep backtest`, nor SWEEP:TRIAL"
        raise InputError(Problem("A or B", rule, text, "for example strategy.yaml, runs/backtests/ID, or spy-grid:17"))
    record = replay.record(*find_trial(runs_dir, text))
    return DiffSide(text, record.backtest, lambda: of_record(text, record))


def of_spec(path: Path, settings: Sequence[str]) -> DiffSide:
    planned = plan(path, settings, alone=True)
    label = " ".join([path.name, *settings])

    def load() -> Side:
        records: list[BacktestRecord] = []
        params, look = single_backtest.settings(planned), Hooks(keep=records.append)
        result = execute(planned.base, params, attached=True, look=look, code=planned.code)
        if result.state is not State.COMPLETE:
            raise SweepError(f"{label} FAILED ({result.reason}): {result.message}")
        return of_trial(label, records[0])

    return DiffSide(label, {**resolve(planned.base, {}), "catalog": planned.catalog}, load)


def of_record(label: str, record: replay.RecordedTrial) -> Side:
    result = record.run()
    if result.trial is None:
        raise SweepError(f"{label} FAILED now ({result.result.reason}): {result.result.message}")
    side = of_trial(label, result.trial)
    return side if result.identical else replace(side, label=f"{label} (not as it was recorded)")


def of_folder(path: Path) -> Side:
    """The positions that a `sweep backtest` wrote."""
    if not (path / "positions.parquet").exists():
        raise SweepError(f"{path} holds a backtest that FAILED: there is nothing to compare")
    stats = json.loads((path / artifacts.STATS).read_text("utf-8"))
    decisions = [decision(p) for p in artifacts.read(path, "positions")]
    total = Decimal(str(stats["metrics"]["pnl_total"]))
    return Side(path.name, decisions, pnl_total=total, currency=stats["engine"]["currency"])


def of_trial(label: str, trial: BacktestRecord) -> Side:
    total = trial.figures["pnl_total"]
    decisions = [decision(p) for p in trial.positions]
    return Side(label, decisions, pnl_total=None if total is None else Decimal(str(total)), currency=trial.currency)


def decision(p: Position) -> Decision:
    """A position as the decision to enter and to leave it; times are those of the fills."""
    return Decision(
        p.ts_opened, p.instrument_id, p.side, p.quantity, p.avg_price_open, p.ts_closed, p.avg_price_close,
        Decimal(str(p.pnl)), p.strategy,
    )  # fmt: skip


def require_same_data(a: DiffSide, b: DiffSide) -> None:
    """Two backtests saw the same period and, of all that either of them reads, the same data."""
    if a.backtest is None or b.backtest is None:
        return
    one, other = dict(a.backtest), dict(b.backtest)
    if one["period"] != other["period"]:
        periods = f"{dict(one['period'])} and {dict(other['period'])}"
        raise InputError(Problem("A and B", "must have the same period", periods, "--set-a and --set-b period.start=…"))
    union = [*one["data"], *(entry for entry in other["data"] if entry not in one["data"])]
    both = [brought(side | {"data": union}) for side in (one, other)]
    prints = {Fingerprint(side["catalog"]).of(side) for side in both}
    if len(prints) > 1:
        periods = f"{one['catalog']} and {other['catalog']}"
        raise InputError(Problem("A and B", "must see the same data", periods, "compare them on one catalog"))


def inside(side: Side, backtest: Mapping[str, Any] | None) -> tuple[Side, int]:
    """A log without what lies outside of the other side's period, and how many decisions that were."""
    if backtest is None:
        return side, 0
    whole = (nanos(backtest["period"]["start"]), nanos(backtest["period"]["end"]))
    spans = [time_span(str(entry["type"]), *whole) for entry in backtest["data"]]
    start, end = min(first for first, _ in spans), max(end for _, end in spans)
    decisions = [d for d in side.decisions if start <= d.time < end]
    total = sum((d.pnl or Decimal(0) for d in decisions), Decimal(0)) if "pnl" in side.knows else None
    return replace(side, decisions=decisions, pnl_total=total), len(side.decisions) - len(decisions)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """Options of a comparison."""

    settings_a: Sequence[str] = ()
    settings_b: Sequence[str] = ()
    tolerance: Tolerance = NEAR
    min_parity: float | None = None
    max_daily: float | None = None
    runs_dir: Path = Path("runs")
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class DiffResult:
    """Two sides that were compared."""

    found: Comparison
    checks: Sequence[Check]
    path: Path
    files: Sequence[str]

    @property
    def passed(self) -> bool:
        """True if the demanded parity is reached."""
        return all(check.passed for check in self.checks)

    def plain(self) -> dict[str, Any]:
        """The figures as JSON, and where the files are."""
        return outputs.summary(self.found, self.checks) | {"folder": str(self.path), "files": list(self.files)}


def tolerance(time: str, price: float) -> Tolerance:
    """From a duration such as 1s, and basis points."""
    try:
        return Tolerance(round(quantity("time", "1s")(time) * 1e9), price)
    except ValueError as error:
        raise InputError(Problem("--tolerance", str(error), time)) from None


def diff(a: str, b: str, options: DiffOptions, say: Say = silent) -> DiffResult:
    """Run what has to run, compare, and write the files."""
    one = source(a, options.settings_a, options.runs_dir)
    other = source(b, options.settings_b, options.runs_dir)
    require_same_data(one, other)
    left, right = one.load(), other.load()
    for side, origin, against in ((left, one, other), (right, other, one)):
        if origin.backtest is None:
            cut, outside = inside(side, against.backtest)
            if outside:
                say(f"{side.label}: {outside} decisions lie outside of the period and are left out")
            left, right = (cut, right) if side is left else (left, cut)
    comparison = compare(left, right, options.tolerance)
    demanded = outputs.checks(comparison, options.min_parity, options.max_daily)
    path = options.out or options.runs_dir / "diffs" / f"{_name(one.label)}--{_name(other.label)}"
    return DiffResult(comparison, demanded, path, outputs.write(path, comparison, demanded))


def _name(label: str) -> str:
    return re.sub(r"[^\w.=-]+", "_", label)[:80]
