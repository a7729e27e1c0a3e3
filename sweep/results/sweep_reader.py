"""A sweep as people read it: best trials, frame, failures. Everything is read from its ledger."""

from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.errors import Reason, SweepError
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.live_status import LiveStatus, live_status
from sweep.ledger.recorded_spec import recorded_section
from sweep.ledger.run_directory import Folder
from sweep.spec.metric_table import TROUBLES, is_lower_better
from sweep.spec.reader import read
from sweep.spec.repeats import Setting
from sweep.spec.space import Space
from sweep.trial import ISOLATED, SHARED, VERIFIED, State

if TYPE_CHECKING:
    import pandas as pd

    from sweep.results.statistics.out_of_sample import OutOfSample
    from sweep.results.statistics.verdict import Verdict
    from sweep.results.verdict_store import Judgement, Noted, RecommendedTrial

AGAIN = "run it again"


class SweepReader:
    """Results of a sweep, read from its ledger. Every question reads it anew, so it also works while the sweep runs."""

    def __init__(self, folder: Path | Folder, *, everywhere: bool = False) -> None:
        """`everywhere` includes trials that a changed spec left outside of its space."""
        self._everywhere = everywhere
        self.folder = folder if isinstance(folder, Folder) else Folder(folder)
        with self._ledger() as ledger:
            facts = ledger.facts
        self.id: str = facts.id
        self.name: str = facts.name
        self.objective: dict[str, str] = dict(facts.objective)
        self.facts = facts
        self.goal = facts.goal

    @property
    def is_study(self) -> bool:
        """True if Optuna chose the parameters."""
        return (self.facts.search or {}).get("method") == "optuna"

    @contextmanager
    def _ledger(self) -> Generator[Ledger]:
        with self.folder.open() as ledger:
            ledger.everywhere = self._everywhere
            yield ledger

    def outside(self) -> int:
        """Number of trials that a changed spec left outside of its space, and out of rankings."""
        with self._ledger() as ledger:
            return len(ledger.outside)

    def count(self) -> dict[str, int]:
        """Trials by state."""
        with self._ledger() as ledger:
            return ledger.count()

    def live_status(self) -> LiveStatus:
        """State of the sweep as of now, with the trials that run and those that wait."""
        with self._ledger() as ledger:
            return live_status(self.folder, ledger)

    def leaders(
        self, top: int = 10, metric: str | None = None, direction: str | None = None, *, reverse: bool = False
    ) -> list[Row]:
        """The best COMPLETE trials by the objective, or by another metric; those that break a bound are left out.

        A metric knows whether more of it is better, an objective has its direction from the spec; `reverse` puts the
        worst first. With several objectives and no metric it is the Pareto front, the preferred trial first.
        """
        if metric is None and reverse:
            metric = self.objective["metric"]
        with self._ledger() as ledger:
            if metric is None:
                return ledger.leaders(top)
            return ledger.best(metric, direction or self._direction(metric, reverse=reverse), top, self.goal.bounds)

    def _direction(self, metric: str, *, reverse: bool) -> str:
        fewer = {name: way == "minimize" for name, way in self.goal.objectives}.get(metric, is_lower_better(metric))
        return "minimize" if fewer != reverse else "maximize"

    def settings(self) -> list[Setting[Row]]:
        """The settings that the sweep repeats, best first, each with all of its trials; [] where it repeats none."""
        with self._ledger() as ledger:
            return ledger.settings()

    def infeasible(self) -> int:
        """Number of COMPLETE trials that break a metric constraint."""
        with self._ledger() as ledger:
            return sum(not self.goal.is_feasible(row.metrics) for row in ledger.candidates())

    def best(self) -> Row:
        """The best COMPLETE trial by the objective; of several objectives the preferred trial of the Pareto front."""
        if leaders := self.leaders(1):
            return leaders[0]
        raise SweepError(f"{self.id}: {self.no_best()}; see failures()")

    def no_best(self) -> str:
        """The reason why no COMPLETE trial is the best."""
        from sweep.results.panel_reader import no_best

        with self._ledger() as ledger:
            return no_best(ledger, ledger.candidates())

    def trial(self, trial: str | int) -> Row:
        """One trial by its number or by the first characters of its key."""
        with self._ledger() as ledger:
            matches = [r for r in ledger.rows() if str(r.number) == str(trial)]
            matches = matches or [r for r in ledger.rows() if len(str(trial)) >= 4 and r.key.startswith(str(trial))]
        if len(matches) == 1:
            return matches[0]
        raise SweepError(f"{self.id}: {'no trial' if not matches else 'more than one trial'} is {trial!r}")

    def proven(self) -> str:
        """Number of trials from shared runs, and how many were verified in isolation; "" without shared runs."""
        with self._ledger() as ledger:
            replays, refuted = ledger.replays(), ledger.facts.sharing_refuted
        shared, verified = replays.get(SHARED, 0) + replays.get(VERIFIED, 0), replays.get(VERIFIED, 0)
        apart = sum(n for how, n in replays.items() if how.startswith(f"{ISOLATED}: "))
        if refuted:
            return f"every trial ran isolated, because a shared pass gave other figures: {refuted}"
        if not shared:
            return ""
        sentence = f"{shared:,} trials shared passes over the market; {verified:,} of them were run again alone"
        same = ", with the same fills and figures" if verified else " so far"
        return sentence + same + (f"; {apart:,} had to run alone" if apart else "")

    def doubts(self) -> list[str]:
        """Doubts about the results: data that changed, code that no key covers, trials that left traces."""
        from sweep.executors.worker.isolation import TRACES

        with self._ledger() as ledger:
            doubts: list[str] = []
            if damaged := ledger.damage.sentence:
                doubts.append(f"{damaged}: `sweep resume {self.id}` runs it again")
            if when := ledger.facts.data_changed:
                doubts.append(f"the data was found changed at {when}: nobody takes these results as known; {AGAIN}")
            mixed = [name for name, hashes in ledger.all_inputs().items() if len(hashes) > 1]
            if mixed:
                doubts.append(f"{', '.join(mixed)} changed between trials that read it, and no key covers it: {AGAIN}")
            counts = [(sentence, ledger.warned(sentence)) for sentence in TRACES]
            return doubts + [f"{count:,} trials {sentence}" for sentence, count in counts if count]

    def failures(self) -> list[Row]:
        """The FAILED trials by number."""
        with self._ledger() as ledger:
            return list(ledger.rows(state=State.FAILED))

    def reasons(self) -> list[tuple[str, str, int]]:
        """Reasons of failed trials: reason, message, count; the most frequent first."""
        ways = Counter((str(r.reason), r.message) for r in self.failures())
        return [(reason, message, n) for (reason, message), n in ways.most_common()]

    def troubles(self) -> dict[str, int]:
        """Number of trials with each problem of orders, margin or the account, where there are any."""
        counts = Counter[str]()
        with self._ledger() as ledger:
            for row in ledger.rows():
                counts.update(name for name in TROUBLES if row.metrics.get(name))
                counts["account_blown"] += row.reason is Reason.BLOWN
        return {name: counts[name] for name in (*TROUBLES, "account_blown") if counts[name]}

    def frame(self) -> "pd.DataFrame":
        """One row for each trial: number, key, state, reason, `params.*`, `metrics.*`, and the circumstances."""
        import pandas as pd

        from sweep.results.tables import tables

        with self._ledger() as ledger:
            parts: list[pd.DataFrame] = [table.to_pandas() for table in tables(ledger)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def importance(self) -> dict[str, dict[str, float]]:
        """Importance of each parameter by objective: shares, the largest first. Only a hint for an adaptive search."""
        from sweep.results.importance import noted, shares

        with self._ledger() as ledger:
            return noted(ledger) or shares(ledger, self.space())

    def space(self) -> Space:
        """The space of settings, from the spec that the sweep keeps."""
        return read(self.folder.spec).search

    def export(self, path: Path | str) -> int:
        """Write an Optuna study (a journal, or SQLite for .db and .sqlite) for optuna-dashboard; how many trials."""
        from sweep.search.optuna.export import export

        with self._ledger() as ledger:
            return export(ledger, self.space(), Path(path))

    def judged(self) -> "Judgement":
        """Verdict, choice, and everything behind them, computed now: seconds for hundreds of trials and ten years."""
        from sweep.results.verdict_store import judge

        with self._ledger() as ledger:
            leaders = self.leaders(1)
            return judge(ledger, self._search(), leaders[0].number if leaders else None)

    def found(self) -> "Noted":
        """Verdict and choice: as noted when the sweep ended, else computed now."""
        from sweep.results.verdict_store import Noted, noted

        with self._ledger() as ledger:
            note = None if self._everywhere else noted(ledger)
        if note:
            return note
        judged = self.judged()
        return Noted(judged.verdict, judged.choice)

    def unseen(self) -> "OutOfSample":
        """The lock-box and the walk-forward, as far as the spec asks for them and they have run."""
        from sweep.results.out_of_sample import read

        with self._ledger() as ledger:
            return read(self.folder, ledger)

    def verdict(self) -> "Verdict":
        """Verdict on the best trial against luck, criterion by criterion."""
        return self.found().verdict

    def choice(self) -> "RecommendedTrial":
        """Beside the best trial: the centre of the plateau, the trials by plateau, and the median trial."""
        return self.found().choice

    def _search(self) -> Mapping[str, Any]:
        return recorded_section(self.folder, "search")

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {state}" for state, n in self.count().items())
        return f"<Report {self.id}: {counts or 'no trials yet'}>"
