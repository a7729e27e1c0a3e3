"""The order in which waiting trials are handed on, over a clock that the test turns."""

import heapq
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.ledger.ledger import Ledger
from sweep.runner import sweep_run, trial_queue
from sweep.runner.control.progress import Progress
from sweep.runner.control.stop import Stop
from sweep.runner.driver import Driver
from sweep.runner.plan import plan
from sweep.search.base import SearchMethod
from sweep.search.grid import Grid
from sweep.spec.objectives import Goal
from sweep.spec.space import Choice, Space
from sweep.trial import Params, Result, State, Trial
from tests.support import sweeps

SLOTS = 4
AXES = {"seed": 12, "days": 6}  # `days` makes trials long, the last of them most


@dataclass
class Clocked:
    """Runs trials on slots, first come first served, each for as long as `lengths` says by its number."""

    lengths: list[float]
    slots: int = SLOTS
    free: list[float] = field(default_factory=lambda: [0.0] * SLOTS)
    running: list[tuple[float, int, Trial, Result]] = field(default_factory=list[Any])
    submitted: list[int] = field(default_factory=list[int])
    now: float = 0.0

    def room(self) -> int:
        return 2 * self.slots - len(self.running)

    def submit(self, *trials: Trial) -> None:
        (trial,) = trials
        self.submitted.append(trial.number)
        begin = max(self.now, heapq.heappop(self.free))
        end = begin + self.lengths[trial.number]
        heapq.heappush(self.free, end)
        result = Result(State.COMPLETE, {"pnl_total": float(trial.number)}, started=begin, ended=end)
        heapq.heappush(self.running, (end, trial.number, trial, result))

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        self.now, _, trial, result = heapq.heappop(self.running)
        return [(trial, result)]

    def recall(self) -> list[Trial]:
        waiting = [one for one in self.running if one[3].started > self.now]
        self.running = [one for one in self.running if one not in waiting]
        return [trial for _, _, trial, _ in waiting]

    def interrupt(self) -> None: ...

    def abandon(self) -> None: ...

    def close(self) -> None: ...


def key_of(params: Params) -> str:
    return json.dumps(dict(params))


def drive(
    executor: Clocked,
    ledger: Ledger,
    axes: dict[str, int],
    *,
    ordered: bool = True,
    stop: Stop | None = None,
    turn: Any = None,
) -> Progress:
    space = Space(tuple(Choice(name, tuple(range(size))) for name, size in axes.items()))
    planned: Any = SimpleNamespace(
        benchmark=None,
        key_and_binding=lambda params: (key_of(params), ""),
        spec=SimpleNamespace(
            space=space, goal=Goal((("pnl_total", "maximize"),)), limits=SimpleNamespace(retries=2, max_failures=20)
        ),
    )
    tally = Progress(space.size, exact=True, slots=executor.slots)
    driver = Driver(planned, SearchMethod(Grid(space)), executor, ledger, tally, longest_first=ordered)
    driver.run(stop or Stop(), turn or (lambda _: None))
    return tally


def by_days(axes: dict[str, int], unit: float = 4.0) -> list[float]:
    return [unit * (1 + days) ** 2 for _ in range(axes["seed"]) for days in range(axes["days"])]


def span(lengths: list[float], axes: dict[str, int], *, ordered: bool, path: Any) -> Clocked:
    with Ledger.create(path / f"{ordered}.sqlite", {}) as ledger:
        drive(executor := Clocked(lengths), ledger, axes, ordered=ordered)
        assert [row.metrics["pnl_total"] for row in ledger.rows()] == list(range(len(lengths)))
    return executor


def idle(executor: Clocked, last: float = 60.0) -> float:
    """Share of the slots' last minute in which they have nothing to do."""
    end = max(executor.free)
    return sum(min(last, end - free) for free in executor.free) / (last * executor.slots)


def test_the_end_has_no_idle_slot_where_lengths_are_known(tmp_path: Any):
    lengths = by_days(AXES)
    fifo, sorted_ = (span(lengths, AXES, ordered=ordered, path=tmp_path) for ordered in (False, True))
    bound = max(*lengths, sum(lengths) / SLOTS)
    assert max(sorted_.free) <= 4 / 3 * bound
    assert max(sorted_.free) < max(fifo.free)
    assert idle(sorted_) < 0.1 < idle(fifo)


@pytest.mark.parametrize(("lengths", "slots"), [([3.0] * 72, 4), ([3.0, 4.0] * 36, 4), (by_days(AXES, 0.005), 4)])
def test_alike_or_short_trials_keep_the_order_of_asking(tmp_path: Any, lengths: list[float], slots: int):
    executor = span(lengths, AXES, ordered=True, path=tmp_path)
    assert executor.submitted == list(range(72))


@settings(max_examples=15, deadline=None)
@given(lengths=st.lists(st.sampled_from([0.1, 1.0, 5.0, 60.0]), min_size=24, max_size=24), at=st.integers(1, 24))
def test_each_trial_runs_once_whatever_the_lengths_and_a_stop_loses_none(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[float], at: int
):
    axes, stop = {"a": 4, "b": 6}, Stop()

    def turn(tally: Progress) -> None:
        stop.level = int(tally.ended >= at)

    with Ledger.create(tmp_path_factory.mktemp("l") / "ledger.sqlite", {}) as ledger:
        first, second = Clocked(lengths), Clocked(lengths)
        drive(first, ledger, axes, stop=stop, turn=turn)
        ended = {row.number for row in ledger.rows() if row.state}
        assert len(set(first.submitted)) == len(first.submitted)
        drive(second, ledger, axes)
        assert sorted(second.submitted) == sorted(set(range(24)) - ended)
        assert [(r.number, r.params, r.state) for r in ledger.rows()] == [
            (n, {"a": n // 6, "b": n % 6}, State.COMPLETE) for n in range(24)
        ]


def always(_: object) -> bool:
    return True


def by_buys(_: object, params: Params) -> Any:
    return params["strategy.buys"]


@pytest.mark.slow
def test_on_ray_tables_are_those_of_the_order_of_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    catalog = sweeps.catalog(tmp_path / "catalog", minutes=2)
    spec = sweeps.write(tmp_path / "spec.yaml", sweeps.spec(catalog, {"strategy.buys": list(range(1, 13))}))
    monkeypatch.setattr(trial_queue, "FELT", 0.0)
    monkeypatch.setattr(trial_queue.TrialQueue, "_is_telling", staticmethod(always))
    monkeypatch.setattr(trial_queue.TrialQueue, "guess", by_buys)
    taken: list[int] = []
    take = trial_queue.TrialQueue.take

    def noted(self: trial_queue.TrialQueue) -> Trial:
        taken.append((trial := take(self)).number)
        return trial

    monkeypatch.setattr(trial_queue.TrialQueue, "take", noted)
    tables: list[list[Any]] = []
    for executor in ("inline", "ray"):
        options = sweep_run.RunOptions(runs_dir=tmp_path / executor, executor=executor, workers=2, tracking=False)
        sweep_run.run(planned := plan(spec), options)
        with Ledger.open(tmp_path / executor / planned.id / "ledger.sqlite") as ledger:
            tables.append([(r.number, r.key, r.params, r.state, r.metrics, r.attempt) for r in ledger.rows()])
    assert tables[0] == tables[1]
    assert taken[:12] == list(range(12))  # one slot: nothing to gain
    assert sorted(taken[12:]) == list(range(12)) != taken[12:]
