"""Trials of all sweeps that match an expression, and SQL over them: as tables, JSON or CSV."""

import csv
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.text import Text

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.collection.index import query, sql, stored_ledgers
from sweep.collection.index.query import Answer, IndexedTrial, Question
from sweep.common.escaping import for_csv
from sweep.errors import InputError, Problem
from sweep.results.labels import cut, label

BESIDE = ("pnl_total", "trades", "max_drawdown")  # figures beside those of the question
LABEL = 48  # characters of the parameters
ROWS = 200  # rows of SQL on the screen
SWEEPS = 5  # sweeps that a sentence names


def find(runs: str, question: Question, *, as_json: bool, as_csv: bool) -> None:
    """Print the trials that match."""
    if as_json and as_csv:
        raise InputError(Problem("--csv", "excludes --json", remedy="choose one of them"))
    question = question if as_json or as_csv else replace(question, figures=BESIDE)
    answer = query.find(stored_ledgers.local_runs(runs, console.say), question, console.say)
    if as_json:
        print_json(_document(answer))
        return
    if as_csv:
        from sweep.cli.handlers.show import frame_as_csv
        from sweep.collection.index.frame import frame

        frame_as_csv(frame(answer))
    else:
        _show(answer, runs)
    _warn(answer)


def _document(answer: Answer) -> dict[str, Any]:
    return {
        "total": answer.total, "sort": answer.sort, "trials": [trial.plain() for trial in answer.trials],
        "doubts": answer.doubts, "unreadable": answer.unreadable, "engines": answer.engines, "apart": answer.apart,
    }  # fmt: skip


def _show(answer: Answer, runs: str) -> None:
    if not answer.trials:
        console.out.print(f"no trial of the sweeps in {runs} matches")
        return
    by = f", by {answer.sort}" if answer.sort else ", newest sweeps first"
    board = console.table(f"{len(answer.trials):,} of {answer.total:,} trials that match{by}")
    named = [answer.sort, *answer.names] if answer.sort else answer.names
    bare = dict.fromkeys(name.removeprefix("metric.") for name in (*named, *BESIDE))
    metrics = [name for name in bare if any(name in trial.metrics for trial in answer.trials)]
    columns = ["sweep", "trial", *metrics, "verdict", "parameters"]
    columns += ["state"] if len({t.record["state"] for t in answer.trials}) > 1 else []
    columns += ["engine"] if len(answer.engines) > 1 else []
    for name in columns:
        board.add_column(name, justify="left" if name in {"sweep", "verdict", "parameters", "engine"} else "right")
    for trial in answer.trials:
        board.add_row(*(_cell(trial, name, marked=trial.sweep in answer.doubts) for name in columns))
    console.out.print(board)


def _cell(trial: IndexedTrial, name: str, *, marked: bool) -> str:
    match name:
        case "sweep":
            return f"{trial.sweep} !" if marked else trial.sweep
        case "trial" | "state":
            return str(trial.record[name])
        case "verdict":
            return str(trial.about[name])
        case "engine":
            agreed = " (agreed)" if trial.about["agreed"] else ""
            return str(trial.about[name]).rpartition(" ")[2] + agreed
        case "parameters":
            return cut(" ".join(label(trial.params).split()), LABEL)
        case _:
            return console.figure(trial.metrics.get(name), name)


def _warn(answer: Answer) -> None:
    """Print what speaks against taking the trials as they are."""
    for sweep, sentences in answer.doubts.items():
        for sentence in sentences:
            console.say(f"! {sweep}: {sentence}", "bold red")
    for sweep, why in answer.unreadable.items():
        console.say(f"! {sweep} cannot be read, and is left out: {why}", "bold red")
    if answer.apart:
        sides = "; ".join(f"{engine}: {_some(sweeps)}" for engine, sweeps in answer.engines.items())
        console.say(f"these trials ran under several engines, which may give other figures ({sides})", "yellow")
        console.say("compare them: sweep upgrade SWEEP --engine VERSION", "yellow")


def _some(sweeps: Any) -> str:
    return ", ".join(sweeps[:SWEEPS]) + (f" and {len(sweeps) - SWEEPS:,} more" if sweeps[SWEEPS:] else "")


def select(runs: str, text: str, *, as_json: bool, as_csv: bool) -> None:
    """Print the rows of an answer to SQL."""
    if as_json and as_csv:
        raise InputError(Problem("--csv", "excludes --json", remedy="choose one of them"))
    place: Path = stored_ledgers.local_runs(runs, console.say)
    answer = sql.run(place, text, console.say)
    if as_json:
        print_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows], default=str)
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([for_csv(name) for name in answer.columns])
        writer.writerows([for_csv(v) if isinstance(v, str) else v for v in row] for row in answer.rows)
    else:
        _table(answer)


def _table(answer: sql.Rows) -> None:
    board = console.table(f"{len(answer.rows):,} rows")
    for name in answer.columns:
        board.add_column(Text(name))
    for row in answer.rows[:ROWS]:
        board.add_row(*("–" if value is None else str(value) for value in row))
    console.out.print(board)
    if len(answer.rows) > ROWS:
        console.say(f"the first {ROWS} of {len(answer.rows):,} rows; --csv and --json print all", "dim")
