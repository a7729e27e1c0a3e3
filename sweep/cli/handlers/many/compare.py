"""The command `sweep compare`: sweeps side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.cli.trial_rows import counts
from sweep.collection import comparison as comparisons
from sweep.errors import InputError, Problem, did_you_mean, shorten
from sweep.ledger.run_directory import Folder
from sweep.results.labels import cut, label


def compare(runs_dir: Path, sweeps: Sequence[str], metric: str | None, top: int, *, as_json: bool) -> None:
    """Print sweeps side by side."""
    if len(sweeps) < 2:
        raise InputError(Problem("A B", "needs two sweeps or more", sweeps[0], "sweep compare A B"))
    folders = [Folder.find(runs_dir, sweep) for sweep in sweeps]
    _check(folders, metric)
    comparison = comparisons.compare(folders, metric)
    if as_json:
        print_json(comparison.plain(top))
        return
    _figures(comparison)
    if comparison.differences:
        board = _board("what differs", ["part", "name"], comparison)
        for d in comparison.differences:
            board.add_row(d.part, d.name, *("–" if v is None else shorten(v, 40) for v in d.values))
        console.out.print(board)
    else:
        console.out.print("spec, code, data and engine are the same")
    for sweep, engine, trials in comparison.agreements:
        console.say(f"{engine} gave the same in {trials:,} trials of {sweep} (sweep upgrade --accept)")
    if comparison.apart:
        console.say("the engines are not the same, and may give other figures", "yellow")
        console.say("compare them: sweep upgrade SWEEP --engine VERSION", "yellow")
    _points(comparison, top)
    for one in comparison.sweeps:
        for sentence in one.doubts:
            console.say(f"! {one.id}: {sentence}", "bold red")


def _check(folders: Sequence[Folder], metric: str | None) -> None:
    """Refuse a sweep that is named twice, and a metric that none of them has."""
    ids = [folder.id for folder in folders]
    problems = [Problem("A B", "is named twice", sweep) for sweep in dict.fromkeys(ids) if ids.count(sweep) > 1]
    if metric is not None:
        names = {name for folder in folders for name in comparisons.metrics(folder)}
        if metric not in names:
            problems.append(Problem("--metric", "is no metric of these sweeps", metric, did_you_mean(metric, names)))
    if problems:
        raise InputError(problems)


def _board(title: str, columns: Sequence[str], comparison: comparisons.Comparison, *, right: bool = False) -> Any:
    board = console.table(title)
    for name in columns:
        board.add_column(name)
    for one in comparison.sweeps:
        board.add_column(one.id, justify="right" if right else "left")
    return board


def _figures(comparison: comparisons.Comparison) -> None:
    """Print trials, verdict, best trial, and the distribution of the metric."""
    metric, sides = comparison.metric, comparison.sweeps
    board = _board(f"{metric} of the COMPLETE trials", [""], comparison, right=True)
    board.add_row("trials", *(counts(one.trials, driven=False) for one in sides))
    board.add_row("verdict", *(one.verdict or "–" for one in sides))
    best = [one.best for one in sides]
    board.add_row("best", *(console.figure(row.metrics.get(metric), metric) if row else "–" for row in best))
    board.add_row("best trial", *(f"{row.number}: {cut(label(row.params), 40)}" if row else "–" for row in best))
    for name in ("highest", "three_quarters", "median", "quarter", "lowest", "mean"):
        values = [getattr(one.figures, name) if one.figures else None for one in sides]
        board.add_row(name.replace("_", " "), *(console.figure(value, metric) for value in values))
    console.out.print(board)


def _points(comparison: comparisons.Comparison, top: int) -> None:
    """Print the settings that all sweeps have, with the metric in each."""
    count = len(comparison.points)
    if not count:
        console.out.print("the sweeps have no setting in common")
        return
    title = f"{count:,} settings in common, {comparison.equal:,} of them with the same {comparison.metric}"
    board = _board(
        f"{title}; the best {min(top, count)} of {comparison.sweeps[0].id}", ["setting"], comparison, right=True
    )
    for point in comparison.points[:top]:
        board.add_row(cut(label(point.params), 48), *(console.figure(v, comparison.metric) for v in point.values))
    console.out.print(board)
