"""A sample of a sweep's trials again under another version of the engine, every figure and fill compared."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sweep.common.messages import Say, silent
from sweep.common.units import moment_of
from sweep.errors import InputError, Problem, SweepError
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.runner.engines import environment
from sweep.runner.replay import OTHER_ENGINE, record
from sweep.trial import State

RELEASES = "https://github.com/nautechsystems/nautilus_trader/releases"
NEWEST = "newest"
HOURS = 24 * 3600


@dataclass(frozen=True, slots=True)
class UpgradedTrial:
    """One trial under both engines."""

    number: int
    identical: bool
    error: str  # why it did not run under the other engine
    compared: int  # figures
    fills: int
    figures: Sequence[tuple[str, Any, Any]]  # those that differ: name, as recorded, now
    first_fill: tuple[str, str] | None  # the first fill that differs: under the recorded engine, under the other
    reproducible: bool = True  # under its own engine it is as recorded


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A sample under another engine."""

    sweep: str
    then: str  # engine of the sweep
    now: str
    trials: Sequence[UpgradedTrial]

    @property
    def identical(self) -> bool:
        """True if every trial of the sample is."""
        return all(trial.identical for trial in self.trials)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"identical": self.identical, "releases": RELEASES}


def upgrade(folder: Folder, engine: str, sample: int, say: Say = silent) -> Upgrade:
    """Run a sample under another engine and compare.

    InputError for a version that cannot be compared with, SweepError where the sample does not run.
    """
    report = Report(folder)
    recorded = report.facts.engine.rpartition(" ")[2]
    if engine != NEWEST:
        environment.check(engine)
    target = environment.newest() if engine == NEWEST else engine
    if target == recorded:
        rule = "ran under the newest version" if engine == NEWEST else "ran under this version"
        raise InputError(Problem("--engine", f"{report.id} {rule}", target, "name another one"))
    numbers = _sample(folder, report, sample)
    _refuse_other_changes(folder, numbers[0])
    results = _side(folder, target, numbers, say)
    different = [n for n, result in zip(numbers, results, strict=True) if not result["identical"]]
    before = dict(zip(different, _side(folder, recorded, different, say), strict=True)) if different else {}
    trials = [_compared(result, before.get(result["number"])) for result in results]
    return Upgrade(report.id, report.facts.engine, f"{environment.PACKAGE} {target}", trials)


def accept(folder: Folder, upgraded: Upgrade) -> None:
    """Note in the ledger that the engines agree for this sweep. SweepError where a trial of the sample differs."""
    if not upgraded.identical:
        count = sum(not trial.identical for trial in upgraded.trials)
        raise SweepError(f"{count} of {len(upgraded.trials)} trials differ: this is not noted as agreement")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    note = {"engine": upgraded.now, "trials": len(upgraded.trials), "at": now}
    with Ledger.open(folder.ledger, write=True) as ledger:
        others = [each for each in ledger.facts.agreed if each["engine"] != upgraded.now]
        ledger.note(agreed=[*others, note])


def _sample(folder: Folder, report: Report, size: int) -> list[int]:
    """The best trial, and COMPLETE ones at even distances of their numbers."""
    with folder.open() as ledger:
        numbers = [row.number for row in ledger.rows(state=State.COMPLETE)]
    if not numbers:
        raise SweepError(f"{report.id}: {report.no_best()}: there is nothing to compare")
    best = [row.number for row in report.leaders(1)]
    step = max(1.0, len(numbers) / size)
    spread = [numbers[int(n * step)] for n in range(min(size, len(numbers)))]
    return sorted(list(dict.fromkeys([*best, *spread]))[:size])


def _refuse_other_changes(folder: Folder, number: int) -> None:
    """Data and code are as they were: only then a difference is the engine's."""
    changes = [change for change in record(folder, number).changed if not change.startswith(OTHER_ENGINE)]
    if changes:
        rule = f"cannot be compared between engines alone: {'; '.join(changes)}"
        raise InputError(Problem(folder.id, rule, remedy="restore the data and the code, or run the spec again"))


def _side(folder: Folder, engine: str, numbers: Sequence[int], say: Say) -> list[dict[str, Any]]:
    """Trials under a version of the engine, each in the process of an environment of its own."""
    if engine == version(environment.PACKAGE):
        interpreter = Path(sys.executable)
    else:
        interpreter = environment.python(say, engine, beside=True)
    say(f"running {len(numbers)} trials under NautilusTrader {engine}")
    with tempfile.TemporaryDirectory() as place:
        job, out = Path(place, "job.json"), Path(place, "out.json")
        job.write_text(json.dumps({"folder": str(folder.path.resolve()), "trials": list(numbers)}), encoding="utf-8")
        command = [str(interpreter), "-W", "ignore", "-m", "sweep.runner.engines.side", str(job), str(out)]
        process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HOURS)
        if process.returncode or not out.exists():
            lines = [line for line in process.stderr.strip().splitlines() if line.strip()]
            raise SweepError(f"the trials do not run under NautilusTrader {engine}: {' | '.join(lines[-3:])}")
        answer = json.loads(out.read_text(encoding="utf-8"))
    if answer["engine"] != f"{environment.PACKAGE} {engine}":
        raise SweepError(f"the environment for NautilusTrader {engine} has {answer['engine']}: remove it and try again")
    return answer["trials"]


def _compared(now: Mapping[str, Any], then: Mapping[str, Any] | None) -> UpgradedTrial:
    """One trial; `then` is its run under the recorded engine, where the other one gave something else."""
    figures = [(name, was, value) for name, was, value in now["figures"]]
    first = first_difference(then["fills"], now["fills"]) if then and now["fills"] else None
    return UpgradedTrial(
        now["number"], now["identical"], now["error"], now["compared"], len(now["fills"]), figures, first,
        then is None or bool(then["identical"]),
    )  # fmt: skip


def first_difference(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """The first fill that differs, as each side has it."""
    for n in range(max(len(then), len(now))):
        a, b = (side[n] if n < len(side) else None for side in (then, now))
        if a != b:
            names = [name for name in a if a[name] != b.get(name)] if a and b else []
            return _fill(n, a, names), _fill(n, b, names)
    return None


def _fill(n: int, fill: Mapping[str, Any] | None, names: Sequence[str]) -> str:
    """A fill in a line, with the values that differ."""
    if fill is None:
        return f"fill {n + 1}: none"
    at, values = moment_of(fill["ts_event"]), ", ".join(f"{name} {fill[name]}" for name in names)
    text = f"fill {n + 1}: {at} {fill['side']} {fill['quantity']} {fill['instrument_id']} at {fill['price']}"
    return f"{text} ({values})" if values else text
