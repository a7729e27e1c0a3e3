"""Stress tests of the best trials as people see them."""

from rich.text import Text

from sweep.cli import console
from sweep.results.html.stress_section import count, figure
from sweep.results.report import Report
from sweep.results.stress import BREAKS, HOLDS, WEAKENS, StressedTrial, sentences, stressed

STYLES = {HOLDS: "green", WEAKENS: "yellow", BREAKS: "red"}


def show(report: Report) -> None:
    """Print a table of the best of the tested trials, and a line for each; nothing where none was tested."""
    trials = stressed(report.facts)
    for trial in trials[:1]:
        _show(trial, report.objective["metric"])
    for sentence in sentences(trials):
        console.out.print(sentence, soft_wrap=True)


def _show(trial: StressedTrial, metric: str) -> None:
    value = console.figure(trial.value, metric)
    table = console.table(f"stress tests of trial {trial.trial}: {metric} {value}")
    for name in ("test", "size", "result", f"{metric} median", "5 %", "trials"):
        table.add_column(name, justify="right" if name in {f"{metric} median", "5 %"} else "left")
    for test in trial.tests:
        word = Text(test.word, STYLES.get(test.word, "dim"))
        table.add_row(
            test.name, test.size, word, figure(test.median, metric), figure(test.low, metric), count(test)
        )  # fmt: skip
    console.out.print(table)
