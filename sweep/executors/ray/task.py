"""Ray task that runs trials in a worker, and its state as the driver sees it."""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import socket
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray import exceptions as failures

from sweep.common.object_store import StorageError
from sweep.executors.limits import Limits
from sweep.executors.worker import crash_recorder
from sweep.trial import Trial


def work(
    base: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], limits: Mapping[str, Any], paths: Sequence[str],
    supply: Mapping[str, Any] | None, code: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The task: how far its node is with the catalog, that it started, what became of its trial or each of its pack."""
    from sweep.backtest.user_code.source_snapshot import NO_CODE, SourceSnapshot
    from sweep.executors.worker.run_trial import execute_all, identity

    trial_limits = Limits(**limits)
    crash_recorder.worker.take(trials[0]["key"], trial_limits, is_timed=not supply)
    node = ray.get_runtime_context().get_node_id()
    if supply:
        try:
            base = {**base, "catalog": (yield from _supplied(supply, node))}
        except StorageError as error:
            yield {"refused": str(error), "node": node, "host": socket.gethostname()}
            return
    yield {"worker": identity(), "node": node, "started": time.time()}
    snapshot = SourceSnapshot.of(code) if code else NO_CODE
    settings = [Trial.of(t) for t in trials]
    results = execute_all(base, settings, limits=trial_limits, paths=paths, code=snapshot)
    yield {"results": [result.plain() for result in results]}


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
    """A trial, or a pack of them, on its way. Its clock starts when it does, not when it is submitted."""

    trials: Sequence[Trial]
    submitted: float = 0.0  # seconds of the driver's clock
    is_staging: bool = False  # its worker waits for the catalog
    started: float | None = None  # seconds of the driver's clock
    epoch: float = 0.0  # UNIX seconds, clock of the worker
    worker: str = ""  # host:pid
    node: str = ""
    fenced: bool = False
    retired: int = 0

    @property
    def name(self) -> str:
        """Under which its worker keeps what it said last."""
        return self.trials[0].key


def next_message(stream: Any) -> Any:
    try:
        return next(stream)
    except StopIteration:
        raise failures.WorkerCrashedError from None
