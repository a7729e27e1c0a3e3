"""Progress as a line, as a table and in a file."""

import io

import pytest

from sweep.cli import console, progress
from sweep.cli.output.terminal import SafeConsole
from sweep.runner.control.progress import Failure, Leader, Progress


def test_the_progress_line_says_what_people_want_to_know():
    tally = Progress(100, exact=False, slots=2)
    assert "0 of about 100 trials" in progress.line(tally)
    tally.skipped, tally.ended, tally.failed, tally.retried, tally.running = 10, 20, 2, 1, 4
    tally.rank(Leader(7, 1234.5, {}), most=True)
    tally.since -= 60
    line = progress.line(tally)
    for part in ("30 of about 100", "4 running", "2 failed", "1 retried", "10 known before", "best 1,234.50 (trial 7)"):
        assert part in line
    assert "60 s gone" in line
    assert "4 min to go" in line or "210 s" in line
    tally.again = 12, 1442
    assert progress.line(tally).endswith("60 s gone · proof: 12 of 1,442 are run again alone")


def test_without_a_terminal_progress_is_a_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr(console, "QUIET", 0.0)
    with progress.shown() as show:
        show(Progress(5, exact=True, slots=1))
    assert capsys.readouterr().err.startswith("0 of 5 trials")
    monkeypatch.setattr(console, "QUIET", 3600.0)
    with progress.shown() as show:
        show(Progress(5, exact=True, slots=1))
    assert capsys.readouterr().err == ""


def shown_on(width: int, tally: Progress, monkeypatch) -> str:
    """Last picture of a terminal that is so wide."""
    page = io.StringIO()
    monkeypatch.setattr(console, "err", console.SafeConsole(file=page, width=width, force=True))
    with progress.shown() as show:
        show(tally)
    return page.getvalue()


def test_a_wide_terminal_shows_the_best_five_and_the_last_failures(monkeypatch):
    tally = Progress(100, exact=True, slots=2, ended=9)
    for number, objective in enumerate([1.0, 5.0, 3.0, 5.0, 2.0, 4.0]):
        tally.rank(Leader(number, objective, {"strategy.fast": 10 + number}), most=True)
    for number in range(6, 10):
        tally.failures.append(Failure(number, "strategy error", f"ValueError: no {number}"))
    assert [leader.number for leader in tally.leaders] == [1, 3, 5, 2, 4]
    text = shown_on(140, tally, monkeypatch)
    for part in ("9 of 100 trials", "fast", "trial 1", "14", "trial 9 FAILED (strategy error): ValueError: no 9"):
        assert part in text
    assert "trial 0 " not in text and "no 6" not in text
    narrow = shown_on(80, tally, monkeypatch)
    assert "9 of 100 trials" in narrow and "FAILED" not in narrow


def test_the_least_is_best_where_less_is_wanted():
    tally = Progress(3, exact=True, slots=1)
    for number, objective in enumerate([3.0, 1.0, 2.0]):
        tally.rank(Leader(number, objective, {}), most=False)
    tally.rank(Leader(1, 1.0, {}), most=False)  # asked for again: it is one trial
    assert [leader.number for leader in tally.leaders] == [1, 2, 0]
    assert tally.best == (1, 1.0)


@pytest.mark.parametrize("width", [30, 60, 79, 80, 84, 90, 120])
def test_the_progress_line_is_one_line_where_it_fits(width):
    tally = Progress(108, exact=True, slots=2, ended=108)
    file = io.StringIO()
    SafeConsole(file=file, width=width, force=True).print(progress._bar(tally, width))
    assert (len(file.getvalue().splitlines()) == 1) == (width >= len(progress.line(tally)))
