"""Errors of the package, and who sees them.

SweepError
├── InputError     the user's input is wrong: every mistake at once, exit code 2, nothing has run
├── LedgerError    the record of a sweep cannot be read, written or shared
└── TrialError     one trial failed, with a documented reason; it becomes a Result, never a crash
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Reason(StrEnum):
    """Reason of a FAILED trial (docs/reasons.md)."""

    STRATEGY = "strategy error"  # user code raised, or logged an error
    METRIC = "metric"  # a metric of the user's own raised, or gave no finite number
    BLOWN = "account blown"  # the equity fell to zero or below
    GUARD = "guard"  # the engine would have gone on silently with a wrong figure
    TIMEOUT = "timeout"  # limits.trial_timeout
    MEMORY = "memory"  # limits.trial_memory
    CRASH = "worker crash"  # the process died: abort, signal, exit
    NODE = "node lost"
    PARAMETERS = "invalid parameters"  # the strategy or a model refused the values
    CHANGED = "data changed"  # the data was not, or did not stay, that of the trial's key
    DATA = "data"  # nothing to replay, or data that cannot be trusted


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the input: the place, the rule, the value and the remedy."""

    where: str  # a path in the spec ("strategy.config.tp_pct"), an option ("--set") or a file
    rule: str  # what holds, as a sentence: "must be greater than 0"
    value: object = None  # what was there; None when something is missing
    remedy: str = ""  # what to do: "did you mean 'tp_pct'?"
    line: int | None = None  # line in the spec file, from 1
    file: str = ""  # file of that line, where it is another one

    @property
    def is_in_code(self) -> bool:
        """True if the place is a line of a source file, as "strategy.py:12", and no path in the spec."""
        return self.where.rpartition(":")[2].isdecimal()

    def __str__(self) -> str:
        line = f"{self.file} line {self.line}".lstrip()
        place = f"{line}: {self.where}" if self.line else self.where
        was = "" if self.value is None else f" (was {shorten(self.value)})"
        return f"{place}: {self.rule}{was}" + (f"; {self.remedy}" if self.remedy else "")


class SweepError(Exception):
    """Base of everything that this package raises on purpose."""


class InputError(SweepError):
    """The input is wrong. Carries every mistake that was found."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class LedgerError(SweepError):
    """The record of a sweep cannot be read, written or shared."""


class TrialError(SweepError):
    """A trial failed; `reason` is one of the documented list, the message is for the user."""

    def __init__(self, reason: Reason, message: str, trace: str = "") -> None:
        self.reason, self.message, self.trace = reason, message, trace
        super().__init__(message)


def did_you_mean(word: str, choices: Iterable[str], *, listed: int = 12) -> str:
    """The remedy for an unknown word: the nearest known ones, or all when they are at most `listed`."""
    names = sorted(map(str, choices))
    if near := get_close_matches(word, names, n=3, cutoff=0.6):
        return "did you mean " + " or ".join(repr(n) for n in near) + "?"
    if 0 < len(names) <= listed:
        return "known: " + ", ".join(names)
    return ""


def described(error: BaseException) -> str:
    """Class and text of an exception, which may be of a user's class whose text raises, too."""
    try:
        text = str(error)
    except BaseException as other:  # noqa: BLE001 (whatever it is, the error that is described matters)
        text = f"its text raised {type(other).__name__}"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def shorten(value: object, width: int = 80) -> str:
    """`repr` of a value, cut to `width` characters."""
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"
