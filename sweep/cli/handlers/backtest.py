"""The commands about single trials: one backtest, and one trial of a sweep again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.backtest.records import Fill, Hooks
from sweep.cli import console, debugger
from sweep.cli.output.json_output import print_json
from sweep.common.files.atomic_file import atomic_write
from sweep.common.units import moment_of
from sweep.errors import InputError, Problem
from sweep.ledger.run_directory import Folder
from sweep.results import artifacts
from sweep.runner import single_backtest
from sweep.runner.chosen.settings import trial_spec
from sweep.runner.chosen.trial_name import find_trial, is_trial_name
from sweep.runner.plan import SweepPlan, plan
from sweep.runner.replay import ReplayResult, describe_fill, of_run, record
from sweep.runner.single_backtest import Single
from sweep.spec.components.places import label
from sweep.spec.components.portfolio import sizes
from sweep.trial import State


def planned(spec: Path, settings: Sequence[str], runs_dir: Path) -> SweepPlan:
    """The plan of the backtest of a spec file, or of SWEEP:TRIAL."""
    if not is_trial_name(str(spec)):
        return plan(spec, settings, alone=True, say=console.say)
    return of_trial(*find_trial(runs_dir, str(spec)), settings)


def of_trial(folder: Folder, trial: str, settings: Sequence[str]) -> SweepPlan:
    """The plan of the backtest of a trial; says what is not as it was when it ran."""
    for change in record(folder, trial).changed:
        console.say(f"not as it was: {change}", "yellow")
    return plan(trial_spec(folder, trial), settings, alone=True, say=console.say)


def backtest(planned: SweepPlan, options: single_backtest.BacktestOptions, *, as_json: bool) -> int:
    """Run one backtest, show what it came to and where it is; 1 when it FAILED."""
    about = f"{planned.spec.name}: one backtest, {planned.engine}, data {planned.data.of(planned.base)[:8]}"
    console.say(about)
    try:
        with console.err.status("running", spinner="dots"):
            run = single_backtest.run(planned, options)
    except KeyboardInterrupt:
        console.say("interrupted: nothing of it is kept", "bold")
        return 130
    if as_json:
        print_json(_document(run))
    elif run.trial:
        _show(planned, run)
    _closing(planned, options, run)
    return 0 if run.trial else 1


def _document(run: Single) -> dict[str, Any]:
    figures = artifacts.stats(run.result)
    del figures["trace"]
    return {
        "id": run.id, "folder": str(run.path), "files": list(run.files), "seconds": round(run.seconds, 3),
        "mirrored": not run.mirror.left if run.mirror else None, **figures,
    }  # fmt: skip


def _show(planned: SweepPlan, run: Single) -> None:
    result = run.result
    fed: Mapping[str, int] = result.stats["fed"]
    days = f"{result.days[0]} to {result.days[-1]}, {len(result.days)} trading days" if result.days else "no day"
    loaded = ", ".join(f"{rows:,} {kind}" for kind, rows in fed.items())
    times = ", ".join(f"{phase} {console.span(seconds)}" for phase, seconds in result.timing.items())
    pairs = {
        "loaded": f"{loaded} from {planned.catalog}", "period": days, "strategy": label(planned.base),
        "sizes": ", ".join(f"{name} {size}" for name, size in sizes(planned.base).items()), "times": times,
    }  # fmt: skip
    console.out.print(console.facts({name: text for name, text in pairs.items() if text}))
    console.out.print(console.figures(result.metrics, run.id, result.stats["currency"]))


def _closing(planned: SweepPlan, options: single_backtest.BacktestOptions, run: Single) -> None:
    """Warnings about the metrics, and the places of the files."""
    if run.trial is None:
        console.say(f"FAILED ({run.result.reason}): {run.result.message}", "bold red")
        console.say(f"the traceback is in {run.path / artifacts.STATS}")
    for warning in run.result.warnings:
        console.say(warning, "yellow")
    if run.mirror and (run.mirror.left or run.mirror.error):
        command = f"sweep sync {run.path.name}{console.in_runs(run.path.parent)}"
        console.say(f"MLflow lacks it ({run.mirror.error or 'not finished'}); try again with: {command}", "yellow")
    elif run.mirror:
        console.say(f"in MLflow: sweep ui --tracking-uri {planned.spec.tracking.uri}")
    if run.files:
        console.say(f"in {run.path}/: {', '.join(run.files)}")
    where = "" if options.out else console.in_runs(run.path.parent)
    if run.trial and not options.out:
        console.say(f"once more, compared: sweep replay {run.path.name} 0{where}", "dim")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """Options of a replay."""

    tearsheet: Path | None = None
    out: Path | None = None  # a folder for its artifacts
    csv: bool = False
    log: Path | None = None  # what the strategy logged, and its fills
    pdb: bool = False  # a debugger where user code raises
    stops: Sequence[str] = ()  # FILE:LINE, where a debugger stops
    as_json: bool = False


def find(runs_dir: Path, sweep: str, trial: str, uri: str) -> tuple[Folder, str]:
    """The folder and the trial of SWEEP TRIAL, SWEEP:TRIAL, or of an MLflow run."""
    if trial:
        return Folder.find(runs_dir, sweep), trial
    if is_trial_name(sweep):
        return find_trial(runs_dir, sweep)
    folder, number = of_run(runs_dir, sweep, uri)
    return folder, str(number)


def replay(folder: Folder, trial: str, options: ReplayOptions) -> int:
    """Say what is not as it was, run a trial again, and say whether every figure is the same; 1 when it is not."""
    if options.out:
        single_backtest.refuse_others(options.out)
    then = record(folder, trial)
    for change in then.changed:
        console.say(f"not as it was: {change}", "yellow")
    lines: list[tuple[int, str, str]] = []

    def note(at: int, level: str, message: str) -> None:
        lines.append((at, level, message))

    look = Hooks(log=note, failed=debugger.post_mortem if options.pdb else None)
    result = debugger.stopping(lambda: then.run(look), options.stops) if options.stops else then.run(look)
    if options.as_json:
        print_json(_replayed(result))
    else:
        _show_replay(result)
    _leave(result, options, then.backtest, lines)
    return 0 if result.identical else 1


def replay_otherwise(
    folder: Folder, trial: str, settings: Sequence[str], runs_dir: Path, options: ReplayOptions
) -> int:
    """Run a trial with other values, as a backtest of its own; 1 when it FAILED."""
    taken = {"--tearsheet": options.tearsheet, "--log": options.log, "--pdb": options.pdb, "--break": options.stops}
    if wrong := [name for name, value in taken.items() if value]:
        rule, remedy = "is not for a replay with --set", "the folder of the backtest has its tearsheet and its tables"
        raise InputError([Problem(name, rule, remedy=remedy) for name in wrong])
    record_options = single_backtest.BacktestOptions(
        runs_dir=runs_dir, out=options.out, csv=options.csv, tracking=False
    )
    return backtest(of_trial(folder, trial, settings), record_options, as_json=options.as_json)


def _show_replay(result: ReplayResult) -> None:
    if not result.identical:
        return _show_difference(result)
    days, fills = len(result.result.days), len(result.trial.fills) if result.trial else 0
    compared = f"{len(result.row.metrics)} metrics, {fills:,} fills and {days} daily return{'s' if days != 1 else ''}"
    where = f", up to rung {len(result.row.rungs)} where it was PRUNED" if result.row.state is State.PRUNED else ""
    return console.out.print(f"{result.sweep} trial {result.row.number}: identical, {compared}{where}")


def _leave(
    result: ReplayResult, options: ReplayOptions, backtest: Mapping[str, Any], lines: Sequence[tuple[int, str, str]]
) -> None:
    """Write what was asked for."""
    title = f"{result.sweep} trial {result.row.number}"
    if options.log:
        with atomic_write(options.log) as target:
            target.write_text("".join(log_lines(lines, result.trial.fills if result.trial else ())), encoding="utf-8")
        console.say(f"log: {options.log}")
    if options.tearsheet and result.trial:
        with atomic_write(options.tearsheet) as target:
            target.write_text(artifacts.page(result.result, title, result.trial), encoding="utf-8")
        console.say(f"tearsheet: {options.tearsheet}")
    if options.out:
        files = artifacts.write(options.out, backtest, result.result, result.trial, title, csv=options.csv)
        console.say(f"in {options.out}/: {', '.join(files)}")


def log_lines(lines: Sequence[tuple[int, str, str]], fills: Sequence[Fill]) -> Iterator[str]:
    """Log lines and fills of the strategy in order of time; at equal times log lines come first."""
    both = [(at, f"{moment_of(at)} [{level}] {message}\n") for at, level, message in lines]
    both += [
        (fill.ts_event, f"{moment_of(fill.ts_event)} [FILL] {describe_fill(fill).partition(' ')[2]}\n")
        for fill in fills
    ]
    return (line for _, line in sorted(both, key=lambda item: item[0]))


def _replayed(result: ReplayResult) -> dict[str, Any]:
    different = [{"name": f.name, "then": f.then, "now": f.now} for f in result.figures if not f.is_same]
    return {
        "sweep": result.sweep, "trial": result.row.number, "key": result.row.key, "identical": result.identical,
        "changed": list(result.changed), "compared": len(result.figures), "different": different,
        "fill": str(result.fill) if result.fill else None,
        "error": f"{result.result.reason}: {result.result.message}" if result.result.reason else None,
    }  # fmt: skip


def _show_difference(result: ReplayResult) -> None:
    console.out.print(f"{result.sweep} trial {result.row.number}: NOT the same", style="bold red")
    if result.result.reason:
        console.out.print(f"  now it is FAILED ({result.result.reason}): {result.result.message}")
        return
    if result.fill:
        console.out.print(f"  first at {result.fill}")
    elif first := result.first_difference:
        console.out.print(f"  first at {first.name}: it was {first.then}, now it is {first.now}")
    table = console.table("what differs")
    for column in ("figure", "then", "now"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for f in result.figures:
        if not f.is_same:
            table.add_row(f.name, str(f.then), str(f.now))
    console.out.print(table)
