"""One run of a sweep, from the plan to the files that it leaves behind."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sweep.driver import Driver, Stop, Tally
from sweep.errors import InputError, Problem, SweepError
from sweep.executors import Executor
from sweep.executors.blackbox import Limits
from sweep.folder import Folder, aside
from sweep.ledger import Ledger
from sweep.plain import is_list, is_mapping
from sweep.plan import Plan, plan
from sweep.report import Report
from sweep.report.tables import write_returns, write_trials
from sweep.search.grid import Grid
from sweep.tracking.mlflow import Mirror, MirrorReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a sweep is run. Nothing here changes a result."""

    runs_dir: Path = Path("runs")
    executor: str = "ray"
    address: str = "local"
    workers: int | None = None
    tracking: bool = True
    retry_failed: bool = False
    watch: Callable[[Tally], None] = field(default=lambda _: None)
    say: Callable[[str], None] = field(default=lambda _: None)  # one line for the user


@dataclass(frozen=True, slots=True)
class Session:
    """What became of one run of a sweep."""

    report: Report
    tally: Tally
    interrupted: bool
    mirror: MirrorReport | None


def run(planned: Plan, options: Options) -> Session:
    """Run what is not known yet of a sweep, write its files, and mirror it. The ledger is whole whatever happens."""
    folder = Folder(options.runs_dir / planned.id)
    with folder.locked(), Ledger.create(folder.ledger, planned.facts()) as ledger:
        with aside(folder.spec) as target:
            target.write_text(planned.yaml(), encoding="utf-8")
        ledger.note(finished=None)
        executor = _executor(planned, options)
        mirror = Mirror.start(folder.path, planned.spec.tracking.uri) if options.tracking else None
        stop = Stop()
        try:
            with stop.on_signals(options.say):
                tally = _drive(planned, options, executor, ledger, stop)
        finally:
            executor.close()
            ledger.note(finished=datetime.now(UTC).isoformat(timespec="seconds"))
        _export(folder, ledger)
        mirrored = mirror.finish(0 if stop.level > 1 else None) if mirror else None
        write_trials(ledger, folder.trials)  # once more, with the ids of the MLflow runs
    return Session(Report(folder), tally, bool(stop.level), mirrored)


def _drive(planned: Plan, options: Options, executor: Executor, ledger: Ledger, stop: Stop) -> Tally:
    total, exact = planned.spec.space.count()
    tally = Tally(total, exact, executor.slots)
    driver = Driver(planned, Grid(planned.spec.space), executor, ledger, tally, retry_failed=options.retry_failed)
    driver.run(stop, options.watch)
    if not _unchanged(planned):
        raise SweepError(
            f"the catalog {planned.base['catalog']} changed while the sweep ran; its results are not of one data set"
        )
    return tally


def _unchanged(planned: Plan) -> bool:
    from sweep.catalog import Fingerprint

    return Fingerprint(planned.base["catalog"], cache=False).of(planned.base) == planned.data.of(planned.base)


def _executor(planned: Plan, options: Options) -> Executor:
    if options.executor == "inline":
        from sweep.executors.inline import InlineExecutor

        return InlineExecutor(planned.base)
    from sweep.executors.ray import RayExecutor

    paths = [p for p in sys.path if p and "site-packages" not in p and Path(p).is_dir()][:1]
    return RayExecutor(
        planned.base,
        workers=options.workers,
        address=options.address,
        limits=Limits(planned.spec.limits.trial_timeout, planned.spec.limits.trial_memory),
        paths=paths,
    )


def _export(folder: Folder, ledger: Ledger) -> None:
    write_trials(ledger, folder.trials)
    write_returns(ledger, folder.returns)


def resume(folder: Folder) -> Plan:
    """The plan of a sweep that exists, made from its own spec. Refused, with the reasons, if it is not the same now."""
    again = plan(folder.spec)
    if again.id != folder.id:
        problems = [
            Problem(folder.id, f"cannot go on: {why}", remedy="`sweep run` starts a new sweep")
            for why in differences(folder, again)
        ]
        raise InputError(problems)
    return again


def relatives(runs_dir: Path, planned: Plan) -> list[tuple[Folder, Sequence[str]]]:
    """Other sweeps of the same name, and why this one is not the same."""
    others = [f for f in Folder.all(runs_dir) if f.name == planned.spec.name and f.id != planned.id]
    return [(f, differences(f, planned)) for f in others]


def differences(folder: Folder, planned: Plan) -> list[str]:
    """What fixes the results and is not the same any more, one sentence each."""
    with folder.open() as ledger:
        then = ledger.facts
    now = planned.facts()
    found = [
        f"{key} changed: it was {then[key]}, now it is {now[key]}"
        for key in ("engine", "protocol")
        if then[key] != now[key]
    ]
    if then["data"] != now["data"]:
        found.append(f"the data in {planned.base['catalog']} changed")
    modules = {
        m for m in then["sources"].keys() | now["sources"].keys() if then["sources"].get(m) != now["sources"].get(m)
    }
    found += [f"the source of {module} changed" for module in sorted(modules)]
    changed = _changed(then["backtest"], now["backtest"], "")
    return found + [
        f"{path} changed: it was {was!r}, now it is {is_!r}" for path, was, is_ in changed if path != "catalog"
    ]


def _changed(then: object, now: object, path: str) -> list[tuple[str, object, object]]:
    if is_mapping(then) and is_mapping(now):
        keys = dict.fromkeys([*then, *now])
        return [c for k in keys for c in _changed(then.get(k), now.get(k), f"{path}.{k}" if path else k)]
    if is_list(then) and is_list(now) and len(then) == len(now):
        return [c for n, (a, b) in enumerate(zip(then, now, strict=True)) for c in _changed(a, b, f"{path}.{n}")]
    return [] if then == now else [(path, then, now)]
