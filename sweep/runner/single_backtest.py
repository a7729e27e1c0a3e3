"""One backtest, without a search: run here, its artifacts in a folder, recorded and mirrored like a trial of one."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.backtest.records import BacktestRecord, Hooks
from sweep.common.files.atomic_file import atomic_write
from sweep.errors import InputError, Problem
from sweep.executors.worker.run_trial import execute
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results import artifacts
from sweep.results.curves.benchmark import with_comparison
from sweep.runner.plan import SweepPlan
from sweep.spec.components.places import components, enabled, plain_values
from sweep.spec.model import resolve
from sweep.tracking.base import MirrorReport
from sweep.tracking.factory import tracker
from sweep.trial import Metrics, Params, Result, State

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "backtests"  # in the runs directory


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestOptions:
    """Options of a backtest. None of them changes a result."""

    runs_dir: Path = Path("runs")
    out: Path | None = None  # instead of a folder of its own below `runs_dir`
    tracking: bool = True
    csv: bool = False


@dataclass(frozen=True, slots=True)
class Single:
    """A backtest that ran."""

    id: str  # name and 8 hex digits of the trial's key
    path: Path  # its folder
    result: Result
    trial: BacktestRecord | None  # orders, fills and positions; None where it FAILED
    files: tuple[str, ...]
    seconds: float
    mirror: MirrorReport | None

    @property
    def metrics(self) -> Metrics:
        """The figures (docs/metrics.md)."""
        return self.result.metrics

    def frame(self, name: str) -> "pd.DataFrame":
        """The table `orders`, `fills`, `positions` or `account`."""
        if self.trial is None:
            raise ValueError(f"the backtest FAILED ({self.result.reason}): {self.result.message}")
        return artifacts.tables(self.trial)[name].to_pandas()


def run(planned: SweepPlan, options: BacktestOptions) -> Single:
    """Run a plan of one trial in this process and write what it leaves behind."""
    params, began = settings(planned), time.monotonic()
    key = planned.key(params)
    ident = f"{planned.spec.name}-{key[:8]}"
    folder = Folder(options.out or options.runs_dir / FOLDER / ident)
    backtest = {**resolve(planned.base, params), "catalog": planned.catalog}
    refuse_others(folder.path)
    with folder.locked():
        artifacts.write_config(folder.path, backtest)
        clear(folder)
        with atomic_write(folder.spec) as target:
            target.write_text(planned.yaml(), encoding="utf-8")
        planned.code.write_captured(folder.code)
        with Ledger.create(folder.ledger, planned.facts() | {"id": ident}) as ledger:
            mirror = tracker(planned.spec.tracking.uri).start(folder.path) if options.tracking else None
            number = ledger.begin(key, params)
            records: list[BacktestRecord] = []
            look = Hooks(keep=records.append)
            result = execute(planned.base, params, name=key, attached=True, look=look, code=planned.code)
            result = with_comparison(planned.benchmark, result)
            trial = records[0] if records and result.state is State.COMPLETE else None
            files = artifacts.write(folder.path, backtest, result, trial, ident, csv=options.csv)
            if trial and mirror and planned.spec.tracking.tearsheets != 0:
                share(folder, number)
            ledger.record([(number, result)])
            ledger.note(finished=datetime.now(UTC).isoformat(timespec="seconds"))
        mirrored = mirror.finish() if mirror else None
    return Single(ident, folder.path, result, trial, tuple(files), time.monotonic() - began, mirrored)


def settings(planned: SweepPlan) -> Params:
    """The components' plain values as the trial's parameters: they are shown and compared, and change nothing."""
    places = components(enabled(planned.base))
    return {f"{place.where}.{name}": value for place in places for name, value in plain_values(place.config)}


def share(folder: Folder, number: int) -> None:
    """Let the tearsheet be the one of the trial too, which the mirror takes."""
    folder.tearsheets.mkdir(exist_ok=True)
    sheet = folder.tearsheets / f"{number}.html"
    sheet.unlink(missing_ok=True)
    sheet.symlink_to(Path("..") / artifacts.TEARSHEET)


def refuse_others(path: Path) -> None:
    """Never write over what is not an earlier backtest's."""
    if path.is_dir() and any(path.iterdir()) and not (path / artifacts.CONFIG).exists():
        remedy = "choose a new folder; `sweep backtest` writes only over an earlier `sweep backtest`"
        raise InputError(Problem("--out", "holds other files", str(path), remedy))


def clear(folder: Folder) -> None:
    """Remove what an earlier run left there; only files that this module writes."""
    ours = [
        *(set(artifacts.FILES) - {artifacts.CONFIG}),
        *(f"{name}.csv" for name in artifacts.TABLES),
        folder.spec.name,
    ]
    ours += [folder.ledger.name, *(f"{folder.ledger.name}-{part}" for part in ("wal", "shm"))]
    for name in ours:
        (folder.path / name).unlink(missing_ok=True)
