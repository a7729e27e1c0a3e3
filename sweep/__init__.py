"""The fast, honest, distributed parameter sweep for NautilusTrader.

import sweep

spec = sweep.Spec(strategy=MyStrategy, config=MyConfig(...), space={"lookback": [10, 20]}, catalog=..., ...)
spec = sweep.load("search_spaces/demo_grid.yaml")  # or a YAML file: every mistake in it, at once
report = sweep.run(spec)                           # blocks; called again it goes on where it stopped
report.best()                                      # a row: number, params, metrics
report.frame()                                     # one row for each trial, failures included
report.plot_contour()                              # a plotly figure
sweep.read("runs/spy-score-grid-1a2b3c4d").failures()
sweep.find("sharpe_ratio > 1 and trades >= 30")    # trials of all sweeps below runs/
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.errors import InputError, LedgerError, Problem, Reason, SweepError, TrialError
from sweep.interactive.spec_object import Spec, grid, study
from sweep.interactive.spec_object import number_range as range  # noqa: A004 (named as what it is in a spec)
from sweep.trial import Result, State, Trial

if TYPE_CHECKING:
    from sweep.collection.index.frame import TrialFrame
    from sweep.executors.factory import ExecutorName
    from sweep.interactive.report import Report
    from sweep.runner.control.progress import Progress
    from sweep.runner.diff import DiffResult
    from sweep.runner.plan import SweepPlan
    from sweep.runner.replay import ReplayResult
    from sweep.runner.single_backtest import Single

type Source = Spec | Mapping[str, Any] | str | Path
Sweep = Spec  # a sweep is its spec

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "LedgerError",
    "Problem",
    "Reason",
    "Result",
    "Spec",
    "State",
    "Sweep",
    "SweepError",
    "Trial",
    "TrialError",
    "diff",
    "find",
    "grid",
    "load",
    "range",
    "read",
    "replay",
    "run",
    "run_backtest",
    "study",
]


def load(source: "Source", settings: Sequence[str] = ()) -> "SweepPlan":
    """A spec checked whole, ready to run; `settings` are PATH=VALUE as with `--set`.

    The spec is a `Spec`, a dict with the sections of a YAML file, the path of such a file, or YAML text.

    Raises:
        InputError: with every mistake that was found.
    """
    return _plan(source, settings)


def _plan(source: "Source", settings: Sequence[str], *, alone: bool = False) -> "SweepPlan":
    from sweep.interactive.spec_object import plan_of
    from sweep.runner.plan import plan

    if isinstance(source, Spec):
        return source.plan(settings, alone=alone)
    if isinstance(source, Mapping):
        return plan_of(source, settings, alone=alone)
    return plan(source, settings, alone=alone)


def run(  # noqa: PLR0913 (all but the first are options by name)
    plan: "SweepPlan | Source",
    *,
    runs_dir: str | Path = "runs",
    executor: "ExecutorName" = "ray",
    address: str = "local",
    workers: int | None = None,
    tracking: bool = True,
    retry_failed: bool = False,
    reuse: bool = False,
    watch: "Callable[[Progress], None] | None" = None,
) -> "Report":
    """Run a sweep to its end and return its report. What an earlier run completed is not run again.

    Args:
        plan: a `Spec`, a dict, the path of a spec, or what `load` returned.
        runs_dir: where the folder of the sweep is made.
        executor: `ray`, or `inline` for one trial after another in this process.
        address: `local`, `auto` or HOST:PORT of a Ray cluster.
        workers: trials at a time; all cores by default.
        tracking: mirror the trials to MLflow.
        retry_failed: run FAILED trials again, whatever the reason.
        reuse: take what another sweep in `runs_dir` has completed with the same key.
        watch: called with the tally twice a second; a notebook shows a bar by default. An interrupt (Ctrl-C, or the
            notebook's stop button) lets the trials that run end, and returns the report so far.
    """
    from sweep.interactive.progress import followers
    from sweep.interactive.report import Report
    from sweep.runner.sweep_run import RunOptions, run

    planned = load(plan) if isinstance(plan, Spec | Mapping | str | Path) else plan
    options = RunOptions(
        runs_dir=Path(runs_dir), executor=executor, address=address, workers=workers, tracking=tracking,
        retry_failed=retry_failed, reuse=reuse, **followers(watch),
    )  # fmt: skip
    return Report(run(planned, options).report.folder)


def run_backtest(
    source: "Source",
    settings: Sequence[str] = (),
    *,
    out: str | Path | None = None,
    runs_dir: str | Path = "runs",
    tracking: bool = True,
    csv: bool = False,
) -> "Single":
    """Run the backtest of a spec in this process, its search left out: `.metrics`, `.frame("fills")`, `.trial`.

    The spec is as in `load`, or SWEEP:TRIAL for the backtest of a trial, with `settings` that are other than its own.

    Its artifacts are written to `out`, or to a folder below `runs_dir`. InputError with every mistake in the spec; a
    backtest that FAILED has a `.result` that says why.
    """
    from sweep.runner import single_backtest
    from sweep.runner.chosen.settings import trial_spec
    from sweep.runner.chosen.trial_name import find_trial, is_trial_name

    if isinstance(source, str) and is_trial_name(source):
        folder, trial = find_trial(Path(runs_dir), source)
        source = trial_spec(folder, trial)
    options = single_backtest.BacktestOptions(
        runs_dir=Path(runs_dir), out=Path(out) if out else None, tracking=tracking, csv=csv
    )
    return single_backtest.run(_plan(source, settings, alone=True), options)


def diff(a: str | Path, b: str | Path, **options: Any) -> "DiffResult":
    """Compare two strategies decision by decision: `.found.parity`, `.found.pairs`, `.found.pnl`, files in `.path`.

    Each is a spec, the folder of a backtest, SWEEP:TRIAL, or a log of decisions; `asked` is as in
    `sweep.runner.diff.DiffOptions`: settings_a, settings_b, tolerance, min_parity, max_daily, runs_dir, out.
    """
    from sweep.runner.diff import DiffOptions, diff

    return diff(str(a), str(b), DiffOptions(**options))


def find(expression: str = "", *, runs_dir: str | Path = "runs", **options: Any) -> "TrialFrame":
    """Trials of all sweeps that match an expression, as a DataFrame: `sharpe_ratio > 1 and param.lookback < 50`.

    `runs_dir` is a directory, or a URL such as s3://bucket/runs. The options are those of
    `sweep.collection.index.query.Question`: sort, reverse, strategy, data, since, until, limit, everywhere.

    Raises:
        InputError: with every mistake in the question.
    """
    from sweep.collection.index import query, stored_ledgers
    from sweep.collection.index.frame import frame

    place = stored_ledgers.local_runs(str(runs_dir))
    return frame(query.find(place, query.Question(expression=expression, **options)))


def read(folder: str | Path) -> "Report":
    """The report of a sweep that ran, or runs: its folder, or its id or name below `runs/`."""
    from sweep.interactive.report import Report
    from sweep.ledger.run_directory import Folder

    path = Path(folder)
    return Report(path) if (path / "ledger.sqlite").exists() else Report(Folder.find(Path("runs"), str(folder)))


def replay(sweep: "Report | str | Path", trial: int | str) -> "ReplayResult":
    """Run one COMPLETE trial again in this process and compare every figure: `.identical`, `.figures`, `.changed`."""
    from sweep.runner.replay import replay

    report = read(sweep) if isinstance(sweep, str | Path) else sweep
    return replay(report.folder, trial)
