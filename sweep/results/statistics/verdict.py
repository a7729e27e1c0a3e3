"""Is the best trial better than luck: one word, by rules that are calibrated (benchmarks/calibration.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from sweep.results.statistics.findings import Findings, find
from sweep.results.statistics.objective.chance import SHARPE, objection
from sweep.results.statistics.out_of_sample import LockBox, OutOfSample, WalkForwardResult
from sweep.results.statistics.trial_panel import Panel
from sweep.trial import MIN_DAYS_FOR_DAILY_STATS

NO_EVIDENCE, INCONCLUSIVE, FRAGILE, SURVIVES = WORDS = (
    "no evidence",
    "inconclusive",
    "fragile",
    "survives the search",
)

NOTHING = OutOfSample()
# With 5 days the bootstrap finds edges in 18 % of random walks, with 60 in 3 % (docs/verdict.md).
DAYS = MIN_DAYS_FOR_DAILY_STATS
TRADES = 30  # closed positions of the best
CHANCE = 0.05  # of a best this high without an edge
HOPELESS = 0.10
DEFLATED = 0.95
LOSS = 1 / 3  # of the splits in halves
NEIGHBOURS = 0.5  # mean of the neighbours' Sharpe ratios over the best's
CRITERIA = {  # by name: what it is about, what it asks
    "data": ("days of returns", f"at least {DAYS}"),
    "luck": ("chance of a best this high without an edge (Reality Check)", f"at most {100 * CHANCE:.0f} %"),
    "deflated": ("deflated Sharpe ratio, against the expected best without an edge", f"at least {DEFLATED}"),
    "trades": ("closed positions of the best", f"at least {TRADES}"),
    "halves": ("picked on one half of the data, a loss on the other", "at most one split in three"),
    "walk_forward": ("picked on the past, booked on what followed", "Sharpe above 0"),
    "lockbox": ("the choice on days that no search saw, at every look", "a profit"),
    "plateau": ("what its neighbours keep of its Sharpe ratio", f"at least {100 * NEIGHBOURS:.0f} %"),
}
WEAK, SHAKY = ("luck", "deflated", "trades"), ("halves", "walk_forward", "plateau", "lockbox")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question to the sweep. `passed` is None where the figure has no meaning; the sentence says why."""

    name: str
    passed: bool | None
    value: float | None
    sentence: str

    @property
    def asks(self) -> str:
        return CRITERIA[self.name][1]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, why, and every figure behind it (ratios are annual)."""

    word: str
    sentence: str
    criteria: tuple[Criterion, ...]
    figures: Mapping[str, float | int | None]
    notes: tuple[str, ...] = ()  # what the figures do not know

    def plain(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        criteria = [
            {"name": c.name, "asks": c.asks, "passed": c.passed, "value": c.value, "sentence": c.sentence}
            for c in self.criteria
        ]
        return {
            "verdict": self.word, "sentence": self.sentence, "criteria": criteria, "figures": dict(self.figures),
            "notes": list(self.notes),
        }  # fmt: skip

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Verdict":
        """The inverse of `plain`."""
        keys = ("name", "passed", "value", "sentence")
        criteria = tuple(Criterion(**{k: c[k] for k in keys}) for c in plain["criteria"])
        return cls(plain["verdict"], plain["sentence"], criteria, plain["figures"], tuple(plain["notes"]))


def judge(panel: Panel, findings: Findings | None = None, unseen: OutOfSample = NOTHING) -> Verdict:
    """The verdict on a sweep. Every criterion is a necessary one; the first kind that fails gives the word."""
    results = findings or find(panel)
    criteria = (*_criteria(panel, results, unseen), *_lockbox(unseen.lockbox))
    word = decide({c.name: c.passed for c in criteria}, results.figures.get("p"))
    figures = {k: v if v is None or isfinite(v) else None for k, v in (results.figures | unseen.figures()).items()}
    return Verdict(word, _sentence(panel, results, word), criteria, figures, tuple(_notes(panel, results)))


def decide(passed: Mapping[str, bool | None], p: float | None) -> str:
    """The word for criteria that are passed (True), failed (False) or do not apply (None).

    Too few days can speak against an edge, where `p` could be drawn from their parts, and never for one.
    """
    if p is None:
        return INCONCLUSIVE
    if p > HOPELESS:
        return NO_EVIDENCE
    if not passed.get("data") or any(passed.get(name) is False for name in WEAK):
        return INCONCLUSIVE
    return FRAGILE if any(passed.get(name) is False for name in SHAKY) else SURVIVES


def _criteria(panel: Panel, findings: Findings, unseen: OutOfSample) -> list[Criterion]:
    f = findings.figures
    enough = panel.periods >= DAYS
    missing = "" if enough else f": too few, a verdict needs {DAYS}"
    criteria = [Criterion("data", enough, panel.periods, f"{panel.periods:,} days of returns{missing}")]
    forward = [_searched_forward(unseen.forward)] if unseen.forward else []
    if panel.best is None or (p := f.get("p")) is None:
        return criteria + forward
    sentence = f"a search without an edge shows a best this high in {percent(p)} of cases{_drawn(f)}"
    criteria.append(Criterion("luck", p <= CHANCE, p, sentence))
    if not enough:
        return criteria + forward
    dsr, trades = f["deflated_sharpe"] or 0.0, int(panel.trades[panel.best])
    return [
        *criteria,
        Criterion(
            "deflated",
            dsr >= DEFLATED,
            dsr,
            f"deflated Sharpe ratio, against the expected best without an edge: {dsr:.3f}",
        ),
        Criterion("trades", trades >= TRADES, trades, f"the best closed {trades:,} positions"),
        _halves(findings),
        _searched_forward(unseen.forward) if unseen.forward else _walk_forward(findings),
        _plateau(panel, findings),
    ]


def _halves(findings: Findings) -> Criterion:
    if findings.splits is None:
        why = "not shown: an adaptive search crowds around what did well on all of the data"
        return Criterion("halves", None, None, why)
    loss = findings.splits.loss
    splits = f"{percent(loss)} of {findings.splits.logits.size:,} splits"
    sentence = f"picked on one half of the data, the best loses on the other in {splits}"
    return Criterion("halves", loss <= LOSS, loss, sentence)


def _walk_forward(findings: Findings) -> Criterion:
    if findings.walk is None:
        why = "not shown: the trials of an adaptive search were found on all of the data (validation.walk_forward)"
        return Criterion("walk_forward", None, None, why)
    ratio = findings.figures["walk_forward_sharpe"] or 0.0
    low, high = findings.figures["walk_forward_low"], findings.figures["walk_forward_high"]
    sentence = f"picked on the past, booked on what followed: Sharpe {ratio:.2f} (95 %: {low:.2f} to {high:.2f})"
    return Criterion("walk_forward", ratio > 0, ratio, sentence)


def _searched_forward(forward: WalkForwardResult) -> Criterion:
    """By a search for each window, which has seen nothing of what it is tested on."""
    f, many = forward.figures(), len(forward.steps)
    if not forward.is_whole:
        why = f"{len(forward.tested)} of {many} windows have been searched and tested"
        return Criterion("walk_forward", None, None, why)
    if lost := [s for s in forward.steps if s.after and not s.after.metrics]:
        why = f"{len(lost)} of {many} windows FAILED on their tests ({lost[0].after and lost[0].after.failure})"
        return Criterion("walk_forward", passed=False, value=None, sentence=why)
    ratio = f["forward_sharpe"]
    span = f" (95 %: {f['forward_low']:.2f} to {f['forward_high']:.2f})" if f["forward_low"] is not None else ""
    gain = f"return {100 * (f['forward_return'] or 0):.2f} % in {f['forward_days']} days"
    sentence = f"searched on the past of each of {many} windows, run on what followed: {gain}"
    sentence += f", Sharpe {ratio:.2f}{span}" if ratio is not None else ""
    return Criterion("walk_forward", (ratio or 0) > 0, ratio, sentence)


def _lockbox(box: LockBox | None) -> list[Criterion]:
    """Once the lock-box was opened. Each further look can only harm, so that nobody looks until something passes."""
    if box is None or not box.looks:
        return []
    first, lost = box.looks[0], [look for look in box.looks if not look.gains]
    gain = first.metrics.get("return_total")
    days = "1 day" if box.days == 1 else f"{box.days} days"
    sentence = f"trial {first.trial} on {days} that the search never saw: "
    sentence += f"return {100 * gain:.2f} %" if gain is not None else f"FAILED ({first.failure})"
    if more := box.looks[1:]:
        sentence += (
            f"; the lock-box was opened {len(box.looks)} times (then trial {', '.join(str(m.trial) for m in more)})"
        )
    if not lost and not box.is_current:
        return [
            Criterion("lockbox", None, gain, f"{sentence}; the search has gone on since: of its best nothing is known")
        ]
    return [Criterion("lockbox", not lost, gain, sentence)]


def _plateau(panel: Panel, findings: Findings) -> Criterion:
    ratio = findings.figures["neighbour_ratio"]
    if ratio is None:
        has_idle = panel.is_eligible is not None and not panel.is_eligible.all()
        which = "that trade as much as the bounds ask" if has_idle else "in the space of settings"
        return Criterion("plateau", None, None, f"the best has no neighbours {which}")
    noun = "neighbours on the grid" if panel.is_grid else "nearest trials"
    keep = f"keep {percent(ratio)} of its Sharpe ratio" if ratio > 0 else "lose in the mean"
    sentence = f"its {findings.figures['neighbours']:.0f} {noun} {keep}"
    return Criterion("plateau", ratio >= NEIGHBOURS, ratio, sentence)


def _sentence(panel: Panel, findings: Findings, word: str) -> str:
    f = findings.figures
    leader = "the only trial" if panel.searched == 1 else f"the best of {panel.searched:,} trials"
    if panel.best is None:
        return f"Inconclusive: {panel.no_best or f'none of {panel.searched:,} trials is complete'}."
    if f.get("p") is None:
        held = f"{panel.periods} {'day' if panel.periods == 1 else 'days'}"
        return (
            f"Inconclusive: {held} of returns cannot tell {leader} from luck. "
            f"A verdict needs at least {DAYS} days; among so many independent trials luck alone is expected "
            f"to show an annual Sharpe ratio of 1 unless there are {f['minimum_backtest_years']:.1f} years."
        )
    short = f" So few days can speak against an edge, never for one: that takes {DAYS}." if _drawn(f) else ""
    return (
        f"{word.capitalize()}: {leader} has Sharpe {f['sharpe']:.2f}{_made_of(panel, f)}. "
        f"Searching these settings on data with no edge would typically have produced {f['luck_mean']:.2f}, and "
        f"{f['luck_95']:.2f} in one case out of twenty. Chance of a best this high without an edge: "
        f"{percent(f['p'])}.{short}"
    )


def _drawn(f: Mapping[str, float | int | None]) -> str:
    """Source of the bootstrap where it was not whole days."""
    return f" by the returns of {f['parts']} parts of {f['days']} days" if f.get("parts") else ""


def _made_of(panel: Panel, f: Mapping[str, float | int | None]) -> str:
    """The returns behind the Sharpe ratio of the best, where its metric, from its own days, is another figure."""
    if panel.sharpe is None or f"{panel.sharpe:.2f}" == f"{f['sharpe']:.2f}":
        return _drawn(f)
    days = _drawn(f) or f" by the returns of all {panel.periods:,} days of the sweep"
    return f"{days} (its sharpe_ratio, from its own days, is {panel.sharpe:.2f})"


def _notes(panel: Panel, findings: Findings) -> list[str]:
    notes: list[str] = []
    if panel.chosen_by not in SHARPE:
        reason = _why(panel, findings)
        notes.append(
            f"the best trial is the best by {panel.chosen_by}; what is judged is its Sharpe ratio"
            f"{reason and f': {reason}'}"
        )
    if (p := findings.figures.get("objective_p")) is not None:
        best = f"a best {panel.chosen_by} this {'high' if panel.is_maximized else 'low'}"
        notes.append(f"a search without an edge shows {best} in {percent(p)} of cases")
    if lost := panel.searched - panel.trials:
        notes.append(
            f"{lost:,} of {panel.searched:,} trials left no returns (failed, pruned or not ended): they count as "
            "trials, but luck's best is drawn from the others alone, a little too low"
        )
    if panel.is_adaptive:
        notes.append(
            "the search was adaptive: its trials crowd around what did well on all of the data, so that luck's best is "
            "taken from fewer settings than were in reach, and neighbours lie closer; "
            "figures over all of them are left out"
        )
    notes.append("earlier searches on the same data are not known here: each one raises what luck would have given")
    return notes


def _why(panel: Panel, findings: Findings) -> str:
    """Reason why the objective itself is not judged beside the Sharpe ratio; "" where it is, or nothing is."""
    if panel.best is None or "objective_p" in findings.figures:
        return ""
    return objection(panel) or "by the ends of days alone it has no value"


def percent(share: float | None) -> str:
    """A share as people say it."""
    if share is None:
        return "–"
    return f"{100 * share:.1f} %" if abs(share) < 0.1 else f"{100 * share:.0f} %"
