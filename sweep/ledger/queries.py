"""Queries on the ledger of a sweep."""

import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from sweep.errors import LedgerError
from sweep.ledger.checksums import Damage
from sweep.ledger.encoding import aligned, days_of, load, require_times, statistics_of, trail_of, unfloats
from sweep.ledger.facts import SweepFacts
from sweep.ledger.schema import figure, place, reported, within
from sweep.ledger.trial_row import Row, value_row
from sweep.spec.constraints.formula import is_formula
from sweep.spec.objectives import Bound, Goal
from sweep.spec.repeats import Repeat, Setting, settings, standing
from sweep.trial import ISOLATED, Params, Proposal, Result, Rung, State

# numbers of the trials outside of the space of the spec
OUTSIDE_NUMBERS = """SELECT value FROM json_each(
    coalesce((SELECT nullif(value, 'null') FROM sweep WHERE name = 'outside'), '[]'))"""
STALE = "state IS NOT NULL AND mlflow_run_id IS NULL"  # ended, and not mirrored as recorded: `record` clears the run id


class LedgerQueries:
    """Queries on an open ledger; use it as a context manager."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._db = path, connection
        self.damage = Damage()
        self.everywhere = False  # rankings include trials outside of the space of the spec

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything recorded is on disk already."""
        self._db.close()

    @property
    def facts(self) -> SweepFacts:
        """Facts of the sweep: those given to `create`, and those noted since."""
        return SweepFacts.of({name: load(value) for name, value in self._read("SELECT name, value FROM sweep")})

    @property
    def formulas(self) -> tuple[str, ...]:
        """The objectives that are formulas over metrics."""
        rows = self._read("SELECT value FROM sweep WHERE name = 'objectives'")
        return tuple(o["metric"] for (value,) in rows for o in load(value) or () if is_formula(o["metric"]))

    def find(self, key: str) -> Row | None:
        """The trial with this key."""
        row = self._one("SELECT * FROM trials WHERE key = ?", (key,))
        return Row.of(row, self.formulas) if row else None

    def asks(self) -> list[Proposal]:
        """The sequence of asks of a study, or of a grid with a pruner."""
        return [
            Proposal(ask, load(params, dict), tuple(map(Rung.of, load(rungs, list))), load(memo))
            for ask, params, rungs, memo in self._read("SELECT ask, params, rungs, memo FROM asks ORDER BY ask")
        ]

    def judged(self, number: int) -> list[tuple[Rung, ...]]:
        """The rungs of a trial, for each time that it was asked for."""
        rows = self._read("SELECT rungs FROM asks WHERE number = ? ORDER BY ask", (number,))
        return [tuple(map(Rung.of, load(rungs, list))) for (rungs,) in rows]

    def asked_for(self) -> list[tuple[int, Params]]:
        """Number of the trial, and the setting, of each ask in their order."""
        return [(n, load(params, dict)) for n, params in self._read("SELECT number, params FROM asks ORDER BY ask")]

    def replays(self) -> dict[str, int]:
        """Ended trials by how they were run: isolated, shared, "shared, verified", "isolated: WHY"."""
        counted = self._read("SELECT replay, count(*) FROM trials WHERE state IS NOT NULL GROUP BY 1 ORDER BY 1")
        return {replay or ISOLATED: count for replay, count in counted}

    def mirrored_by(self, run: str) -> int | None:
        """The number of the trial that an MLflow run mirrors."""
        row = self._one("SELECT number FROM trials WHERE mlflow_run_id = ?", (run,))
        return row[0] if row else None

    def standing(self) -> tuple[int, int]:
        """Count the trials that have ended, and those of them that the tracker does not hold as recorded."""
        counted = f"SELECT count(*) FILTER (WHERE state IS NOT NULL), count(*) FILTER (WHERE {STALE}) FROM trials"  # noqa: S608
        ((ended, stale),) = self._read(counted)
        return ended, stale

    def ended(self, *, after: int = -1, limit: int = 100, stale: bool = False) -> list[Row]:
        """The next ended trials by number; with `stale` those that MLflow does not mirror yet."""
        where = STALE if stale else "state IS NOT NULL"
        query = f"SELECT * FROM trials WHERE {where} AND number > ? ORDER BY number LIMIT ?"  # noqa: S608
        formulas = self.formulas
        return [Row.of(row, formulas) for row in self._read(query, (after, limit))]

    def values(self, metric: str) -> list[tuple[int, State | None, float | None, float | None]]:
        """Number, state, value of a metric, and end (UNIX seconds) of every trial, by number."""
        query = f"SELECT number, state, {figure(metric)}, ended FROM trials ORDER BY number"  # noqa: S608
        return [value_row(*row) for row in self._read(query, (place(metric),))]

    def broken(self) -> frozenset[int]:
        """Numbers of the COMPLETE trials that break a bound on a metric."""
        condition, limits = within(self.facts.goal.bounds)
        query = f"SELECT number FROM trials WHERE state = 'COMPLETE' AND NOT ({condition})"  # noqa: S608
        return frozenset(number for (number,) in self._read(query, limits))

    def rows(self, *, state: State | None = None) -> Iterator[Row]:
        """The trials by number, one at a time."""
        where, values = ("WHERE state = ?", (state,)) if state else ("", ())
        formulas = self.formulas
        for row in self._read(f"SELECT * FROM trials {where} ORDER BY number", values):  # noqa: S608
            yield Row.of(row, formulas)

    def among(self, numbers: Iterable[int]) -> Iterator[Row]:
        """The trials with these numbers, by number, one at a time."""
        query = "SELECT * FROM trials WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number"
        yield from map(Row.of, self._read(query, (json.dumps(list(numbers)),)))

    def best(self, metric: str, direction: str, limit: int, bounds: Sequence[Bound] = ()) -> list[Row]:
        """The COMPLETE trials that keep the bounds with the best values of a metric, best first; ties by number.

        Where settings are repeated, the one that stands for each.
        """
        if self.repeat:
            goal = Goal(((metric, direction),), tuple(bounds))
            ranked = sorted(self.candidates(), key=lambda r: (-(goal.scores(r.metrics) or (0.0,))[0], r.number))
            return [r for r in ranked if goal.scores(r.metrics) and goal.is_feasible(r.metrics)][:limit]
        order = "DESC" if direction == "maximize" else "ASC"
        value, (condition, limits) = figure(metric), within(bounds)
        inside = "" if self.everywhere else f"AND number NOT IN ({OUTSIDE_NUMBERS})"
        rows = self._read(
            f"""SELECT * FROM trials WHERE state = 'COMPLETE' AND {value} IS NOT NULL {inside} AND {condition}
                ORDER BY {value} {order}, number LIMIT ?""",  # noqa: S608
            (place(metric), *limits, place(metric), limit),
        )
        formulas = self.formulas
        return [Row.of(row, formulas) for row in rows]

    @property
    def repeat(self) -> Repeat | None:
        """Rule by which each parameter set is repeated, if it is."""
        return self.facts.repeat

    def candidates(self) -> list[Row]:
        """The COMPLETE trials that count: all of them, or one for each setting where settings are repeated."""
        return standing(self.inside(state=None if self.repeat else State.COMPLETE), self.repeat, self.facts.goal)

    def inside(self, *, state: State | None = None) -> Iterator[Row]:
        """The trials in the space of the spec as it is now, by number."""
        outside = self.outside
        return (row for row in self.rows(state=state) if row.number not in outside)

    @property
    def outside(self) -> frozenset[int]:
        """Numbers of the trials that a changed spec left outside of its space; none where `everywhere` is set."""
        return frozenset() if self.everywhere else frozenset(self.facts.outside)

    def settings(self) -> list[Setting[Row]]:
        """The settings that are repeated, best first; [] where none are. Those without an objective come last."""
        if (repeat := self.repeat) is None:
            return []
        goal = self.facts.goal
        repeated = settings(self.inside(), repeat, goal)
        order = {row.number: n for n, row in enumerate(self.leaders(len(repeated)))}
        return sorted(repeated, key=lambda s: order.get(s.chosen.number, len(order)))

    def leaders(self, limit: int) -> list[Row]:
        """The best trials by the sweep's own goal, best first: COMPLETE ones that keep every bound.

        With several objectives it is the Pareto front, the preferred trial first.
        """
        goal = self.facts.goal
        if goal.is_single:
            return self.best(*goal.objectives[0], limit, goal.bounds)
        rows = self.candidates()
        return [rows[n] for n in goal.ranked([row.metrics for row in rows])[:limit]]

    def count(self) -> dict[str, int]:
        """Trials by state; "RUNNING" for those that have not ended."""
        counted = self._read("SELECT coalesce(state, 'RUNNING'), count(*) FROM trials GROUP BY 1 ORDER BY 1")
        return {state: count for state, count in counted}  # noqa: C416 (a row is no pair to the type checker)

    def latest(self) -> float | None:
        """Return the time when the last trial ended, in UNIX seconds."""
        ((seconds,),) = self._read("SELECT max(ended) FROM trials")
        require_times(seconds)
        return seconds

    def attempts(self, number: int) -> list[dict[str, Any]]:
        """Every ended attempt of a trial, oldest first."""
        return [dict(r) for r in self._read("SELECT * FROM attempts WHERE number = ? ORDER BY attempt", (number,))]

    def spans(self) -> Iterator[tuple[int, float, float, str, str | None]]:
        """Every ended attempt: number, start and end (UNIX seconds), worker, and why it failed."""
        query = "SELECT number, started, ended, worker, reason FROM attempts WHERE ended IS NOT NULL ORDER BY ended"
        for number, started, ended, worker, reason in self._read(query):
            require_times(started, ended)
            yield number, started or ended, ended, str(worker or ""), reason

    def failures(self, number: int) -> int:
        """Count the attempts of a trial that FAILED."""
        return sum(attempt["state"] == "FAILED" for attempt in self.attempts(number))

    def warned(self, sentence: str) -> int:
        """Number of trials with a warning that begins with this sentence."""
        pattern = f"%{json.dumps(sentence)[:-1]}%"
        ((count,),) = self._read("SELECT count(*) FROM trials WHERE warnings LIKE ?", (pattern,))
        return count

    def seconds(self) -> float:
        """Sum the seconds of all ended trials."""
        ((total,),) = self._read("SELECT coalesce(sum(ended - started), 0.0) FROM trials WHERE state IS NOT NULL")
        return total

    def result(self, row: Row) -> Result:
        """The whole result of an ended trial, with its daily returns."""
        if row.state is None:
            raise LedgerError(f"trial {row.number} has not ended")
        days, returns, stats = self.series(row.number)
        steps_of = "SELECT days, returns FROM steps JOIN calendars ON id = calendar WHERE number = ?"
        step_row = self._one(steps_of, (row.number,))
        formulas = self.formulas
        metrics = {name: value for name, value in row.metrics.items() if name not in formulas}
        steps, parts = aligned(days_of(step_row[0]), unfloats(step_row[1])) if step_row else ((), ())
        return Result(
            row.state, metrics, row.reason, row.message, row.trace, row.warnings, days, returns,
            stats, row.timing, row.started or 0.0, row.ended or 0.0, row.worker, row.rungs,
            self.trail(row.number), steps, tuple(parts), self.inputs(row.number), row.replay,
        )  # fmt: skip

    def series(self, number: int) -> tuple[tuple[str, ...], tuple[float, ...], dict[str, Any]]:
        """Days, daily returns and statistics of a trial; empty when it left none."""
        query = "SELECT days, returns, stats FROM series JOIN calendars ON id = calendar WHERE number = ?"
        row = self._one(query, (number,))
        if not row:
            return (), (), {}
        days, returns = aligned(days_of(row[0]), unfloats(row[1]))
        return days, tuple(returns), statistics_of(row[2])

    def statistics(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Number and statistics of every trial that left some, by number, one at a time."""
        return ((n, statistics_of(blob)) for n, blob in self._read("SELECT number, stats FROM series ORDER BY number"))

    def trail(self, number: int) -> str:
        """The trail of the fills of a trial (sweep/backtest/accounting/fill_digest.py); "" where it left none."""
        row = self._one("SELECT fills FROM series WHERE number = ?", (number,))
        return trail_of(row[0]) if row else ""

    def inputs(self, number: int) -> dict[str, str]:
        """Hashes of what a trial read and no key covers, by name (sweep/backtest/user_code/unkeyed_inputs.py)."""
        return dict(self._of_inputs("SELECT name, hash FROM inputs WHERE number = ?", (number,)))

    def all_inputs(self) -> dict[str, list[str]]:
        """The inputs of all ended trials by name, with each of their hashes."""
        query = "SELECT DISTINCT name, hash FROM inputs JOIN trials USING (number) WHERE state NOTNULL ORDER BY 1, 2"
        hashes: dict[str, list[str]] = {}
        for name, noted in self._of_inputs(query):
            hashes.setdefault(name, []).append(noted)
        return hashes

    def _of_inputs(self, query: str, values: tuple[object, ...] = ()) -> Iterator[tuple[str, str]]:
        """The rows of a query on the inputs, which a ledger of an earlier version lacks."""
        if self._one("SELECT 1 FROM sqlite_master WHERE name = 'inputs'"):
            yield from ((name, noted) for name, noted in self._read(query, values))

    def returns(self) -> Iterator[tuple[int, tuple[str, ...], array[float]]]:
        """Number, days and daily returns of every trial that left some, by number, one at a time."""
        return self._series("series")

    def day_counts(self) -> dict[int, int]:
        """Number of daily returns of every trial that left some."""
        return {row[0]: row[1] for row in self._read("SELECT number, length(returns) / 8 FROM series")}

    def steps(self) -> Iterator[tuple[int, tuple[str, ...], array[float]]]:
        """The same within the days of short backtests: starts of their parts, and the returns of these."""
        return self._series("steps")

    def _series(self, table: str) -> Iterator[tuple[int, tuple[str, ...], array[float]]]:
        query = f"SELECT id, days FROM calendars WHERE id IN (SELECT calendar FROM {table})"  # noqa: S608
        calendars = {n: days_of(times) for n, times in self._read(query)}
        for number, calendar, blob in self._read(f"SELECT number, calendar, returns FROM {table} ORDER BY number"):  # noqa: S608
            yield number, *aligned(calendars.get(calendar, ()), unfloats(blob))

    def calendar(self) -> list[str]:
        """Every day on which some trial has a return, ascending."""
        used = "SELECT days FROM calendars WHERE id IN (SELECT calendar FROM series)"
        return sorted({d for (text,) in self._read(used) for d in days_of(text)})

    def _read(self, query: str, values: tuple[object, ...] = ()) -> Iterator[sqlite3.Row]:
        """The rows of a query, one at a time."""
        with reported(self.path):
            for row in self._db.execute(query, values):  # noqa: UP028 (`yield from` closes the cursor of a closed file)
                yield row

    def _one(self, query: str, values: tuple[object, ...] = ()) -> sqlite3.Row | None:
        return next(self._read(query, values), None)
