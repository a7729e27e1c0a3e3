"""The parts of a period: what the search sees, the lock-box that it never sees, and the windows of a walk-forward.

All are cut at the borders of trading days, by the calendar alone: no data is looked at. A part holds start <= t < end.
A bar belongs to the part with its end: one that ends at a border is the last of the part before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from sweep.backtest import trading_days
from sweep.backtest.data.trading_days import TradingDay
from sweep.common.units import moment_of, short
from sweep.errors import Problem, TrialError
from sweep.results.cross_validation.splits import Splits
from sweep.results.statistics.walk_forward import windows
from sweep.spec.sections import CrossValidationRules, Validation, WalkForwardRules

LOCKBOX, WALK, CPCV = "validation.lockbox", "validation.walk_forward", "validation.cpcv"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the period."""

    start: str  # ISO 8601 in UTC
    end: str  # excluded
    days: int  # trading days by the calendar, holidays included

    @property
    def period(self) -> dict[str, str]:
        """As the section `period` of a backtest."""
        return {"start": self.start, "end": self.end}

    def __str__(self) -> str:
        many = "1 trading day" if self.days == 1 else f"{self.days} trading days"
        return f"{short(self.start)} … {short(self.end)} ({many})"


@dataclass(frozen=True, slots=True)
class TrainTest:
    """Training window of a search, and the test window that its choice is run on."""

    train: Stretch
    test: Stretch


@dataclass(frozen=True, slots=True)
class PeriodSplit:
    """A period as its spec divides it."""

    search: Stretch
    lockbox: Stretch | None = None
    windows: tuple[TrainTest, ...] = ()
    groups: tuple[Stretch, ...] = ()  # of a cross-validation

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def divide(backtest: Mapping[str, Any], rules: Validation) -> tuple[PeriodSplit | None, list[Problem]]:
    """The parts of a backtest's period; None where its calendar is not known, or where they do not fit into it."""
    try:
        days = trading_days(backtest)
    except TrialError:  # no instrument, no catalog: said by the check of the backtest
        return None, []
    searched, problems = len(days), list[Problem]()
    if rules.lockbox:
        searched = _first_unseen(rules.lockbox, days)
        if not 0 < searched < len(days):
            rule = f"leaves nothing to {'search' if searched <= 0 else 'keep'}: the period has {len(days)} trading days"
            problems.append(Problem(LOCKBOX, rule, rules.lockbox, "choose another share, or a longer period"))
    if rules.walk_forward and not problems:
        problems += _room(rules.walk_forward, searched)
    if rules.cpcv and not problems:
        problems += _group_room(rules.cpcv, searched)
    if problems:
        return None, problems
    cut = Cutter(days, backtest["period"])
    lockbox = cut(searched, len(days)) if searched < len(days) else None
    windows_of_search = tuple(_windows(cut, rules.walk_forward, searched))
    return PeriodSplit(cut(0, searched), lockbox, windows_of_search, tuple(_groups(cut, rules.cpcv, searched))), []


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts stretches of whole trading days out of a period."""

    days: Sequence[TradingDay]
    period: Mapping[str, str]

    def __call__(self, first: int, last: int) -> Stretch:
        """The days first, …, last - 1."""
        start = moment_of(self.days[first].start) if first else self.period["start"]
        end = moment_of(self.days[last].start) if last < len(self.days) else self.period["end"]
        return Stretch(start, end, last - first)


def _first_unseen(lockbox: str, days: Sequence[TradingDay]) -> int:
    """The number of trading days before the lock-box."""
    if lockbox.endswith("%"):
        share = float(lockbox.removesuffix("%")) / 100
        return len(days) - max(1, int(len(days) * share + 0.5))
    if lockbox.endswith("d"):
        return len(days) - int(lockbox.removesuffix("d"))
    return sum(day.day < lockbox for day in days)


def _room(rules: WalkForwardRules, days: int) -> Iterator[Problem]:
    if rules.train - rules.purge < 2:
        yield Problem(f"{WALK}.train", "must leave at least 2 trading days after the purge", f"{rules.train}d")
    elif (needed := rules.train + rules.embargo + 1) > days:
        rule = f"a window needs at least {needed} trading days and the search sees {days}"
        yield Problem(WALK, rule, remedy="shorten train, or lengthen the period")


def _group_room(rules: CrossValidationRules, days: int) -> Iterator[Problem]:
    if rules.test >= rules.groups:
        yield Problem(f"{CPCV}.test", "must be less than groups: the others are the training", rules.test)
    elif days // rules.groups < rules.purge + rules.embargo + 2:
        rule = f"a group has {days // rules.groups} trading days: too few for purge and embargo, and two more"
        yield Problem(CPCV, rule, remedy="take fewer groups, or lengthen the period")


def _groups(cut: Cutter, rules: CrossValidationRules | None, days: int) -> Iterator[Stretch]:
    if rules:
        borders = Splits.even(days, rules.groups, rules.test).borders
        yield from (cut(first, last) for first, last in pairwise(borders))


def _windows(cut: Cutter, rules: WalkForwardRules | None, days: int) -> Iterator[TrainTest]:
    if not rules:
        return
    for w in windows(days, rules.train, rules.test, anchored=rules.anchored, purge=rules.purge, embargo=rules.embargo):
        yield TrainTest(cut(w.train_start, w.train_end), cut(w.test_start, w.test_end))
