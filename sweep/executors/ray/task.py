"""Ray task that runs trials in a worker, and its state as the driver sees it."""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import pickle
import socket
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import ray
from ray import exceptions as failures

from sweep.common.object_store import StorageError
from sweep.executors.base import ExecutorOptions
from sweep.executors.limits import Limits
from sweep.executors.ray.bunches import LONGEST
from sweep.executors.worker import crash_recorder
from sweep.trial import Result, Trial


def task_of(
    base: Mapping[str, Any], options: ExecutorOptions
) -> Callable[[Sequence[Mapping[str, Any]], bool], Iterator[dict[str, Any]]]:
    """Task of a sweep, called with trials as plain data and whether they are a pack.

    What the tasks have in common is part of it, and goes to each worker once. It is not in Ray's object store: when a
    node dies, Ray ends a driver that has an object there before the driver can say a word.
    """
    content = pickle.dumps(common_part(base, options))

    def trials(settings: Sequence[Mapping[str, Any]], is_pack: bool) -> Iterator[dict[str, Any]]:
        yield from work(pickle.loads(content), settings, is_pack)  # noqa: S301 (the driver's own)

    return trials


def work(common: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], is_pack: bool) -> Iterator[dict[str, Any]]:
    """The task: how far its node is with the catalog, that it started, what became of its trials.

    `common` is what `common_part` has put together. Results may be of the first trials of a bunch only.
    """
    from sweep.backtest.user_code.source_snapshot import NO_CODE, SourceSnapshot
    from sweep.executors.worker.run_trial import execute_all, identity

    limits, supply, base = Limits(**common["limits"]), common["supply"], common["base"]
    crash_recorder.worker.take(trials[0]["key"], limits, is_timed=not supply)
    node = ray.get_runtime_context().get_node_id()
    if supply:
        try:
            base = {**base, "catalog": (yield from _supplied(supply, node))}
        except StorageError as error:
            yield {"refused": str(error), "node": node, "host": socket.gethostname()}
            return
    yield {"worker": identity(), "node": node, "started": time.time()}
    snapshot = SourceSnapshot.of(common["code"]) if common["code"] else NO_CODE
    settings = [Trial.of(t) for t in trials]
    execute = partial(execute_all, base, limits=limits, paths=common["paths"], code=snapshot)
    results = execute(settings) if is_pack else _one_by_one(execute, settings, limits)
    yield {"results": [result.plain() for result in results]}


def common_part(base: Mapping[str, Any], options: ExecutorOptions) -> dict[str, Any]:
    """Settings that all tasks of a sweep have in common, as plain data."""
    return {
        "base": dict(base),
        "limits": asdict(options.limits),
        "paths": list(options.paths),
        "supply": options.supply and dict(options.supply),
        "code": options.code.plain() if options.code.modules else None,
    }


def _one_by_one(
    execute: Callable[[Sequence[Trial]], list[Result]], trials: Sequence[Trial], limits: Limits
) -> list[Result]:
    """Run a bunch, each trial as if it had come alone. The rest is left where they take long, or leave too much."""
    results, end = list[Result](), time.monotonic() + LONGEST
    for trial in trials:
        results += execute([trial])
        if time.monotonic() > end or crash_recorder.worker.needs_recycling(limits):
            break
    return results


def _supplied(supply: Mapping[str, Any], node: str) -> Generator[dict[str, Any], None, str]:
    """Stage and verify the catalog on this node, then return its path."""
    from sweep.catalog.remote import ready

    steps = ready(supply)
    while True:
        try:
            yield {"staging": str(next(steps)), "node": node, "host": socket.gethostname()}
        except StopIteration as end:
            return end.value


@dataclass(slots=True)
class InFlight:
    """A trial, a pack or a bunch of them, on its way. Its clock starts when it does, not when it is submitted."""

    trials: Sequence[Trial]
    is_pack: bool = False
    submitted: float = 0.0  # seconds of the driver's clock
    is_staging: bool = False  # its worker waits for the catalog
    started: float | None = None  # seconds of the driver's clock
    epoch: float = 0.0  # UNIX seconds, clock of the worker
    worker: str = ""  # host:pid
    node: str = ""
    fenced: bool = False
    retired: int = 0

    @property
    def is_bunch(self) -> bool:
        """True for several trials that are run one after another."""
        return len(self.trials) > 1 and not self.is_pack

    @property
    def name(self) -> str:
        """Under which its worker keeps what it said last."""
        return self.trials[0].key


def next_message(stream: Any) -> Any:
    try:
        return next(stream)
    except StopIteration:
        raise failures.WorkerCrashedError from None
