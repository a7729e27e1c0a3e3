"""Ray tasks, one for each trial. The worker is the blast wall; deadlines are kept here, retries by the driver."""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

os.environ.setdefault(
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0"
)  # else `uv run` uploads the working directory, catalog and all

import ray
from ray import ObjectRef
from ray import exceptions as failures

from sweep.errors import InputError, Problem
from sweep.trial import Params, Reason, Result, State, Trial

QUEUED = 2  # trials submitted for each slot: one runs, one waits for it to end
SHARED_MEMORY = 128 * 2**20  # bytes of Ray's object store on a workstation: only settings and figures pass through it


def work(base: Mapping[str, Any], params: Params, paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The task: says that it started, then what became of the trial."""
    from sweep.executors.work import execute

    yield {"pid": os.getpid(), "started": time.time()}
    yield execute(base, params, paths).plain()


@dataclass(slots=True)
class Flight:
    """A trial on its way. Its clock starts when it does, not when it is submitted."""

    trial: Trial
    started: float | None = None  # time.monotonic() of this process
    epoch: float = 0.0  # UNIX seconds, clock of the worker
    worker: str = ""
    late: bool = False


class RayExecutor:
    """Trials as Ray tasks on this machine (`address="local"`) or on a cluster that runs."""

    def __init__(
        self,
        base: Mapping[str, Any],
        *,
        workers: int | None = None,
        address: str = "local",
        timeout: float = 3600.0,
        paths: Sequence[str] = (),
    ) -> None:
        _connect(address, workers)
        cores = int(ray.cluster_resources().get("CPU", 0))
        self.slots = min(workers or cores, cores) or 1
        self._timeout = timeout
        self._base, self._paths = ray.put(dict(base)), list(paths)
        self._task: Any = ray.remote(work).options(
            num_returns="streaming", num_cpus=1, max_retries=0, scheduling_strategy="SPREAD", name="trial"
        )
        self._flights: dict[Any, Flight] = {}  # by the stream of a task's messages

    def room(self) -> int:
        """Places for trials, those that wait for a slot included."""
        return max(0, self.slots * (QUEUED if self.slots > 1 else 1) - len(self._flights))

    def submit(self, trial: Trial) -> None:
        """Hand the trial to Ray."""
        self._flights[self._task.remote(self._base, dict(trial.params), self._paths)] = Flight(trial)

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        """The trials that ended, in the order of their numbers; kills the trials that are late."""
        end = time.monotonic() + timeout
        done: list[tuple[Trial, Result]] = []
        while self._flights and not done and (left := end - time.monotonic()) > 0:
            ready, _ = ray.wait(list(self._flights), num_returns=1, timeout=min(left, self._next_deadline()))
            done = [(flight.trial, result) for stream in ready for flight, result in self._advance(stream)]
            self._kill_late()
        return sorted(done, key=lambda d: d[0].number)

    def _advance(self, stream: Any) -> Iterator[tuple[Flight, Result]]:
        """Take the next message of a task: its start, or its end."""
        flight = self._flights[stream]
        try:
            message: dict[str, Any] = ray.get(_next(stream))
        except Exception as error:  # noqa: BLE001 (whatever Ray says, it is the end of this trial)
            del self._flights[stream]
            yield flight, self._failure(flight, error)
            return
        if "state" in message:
            del self._flights[stream]
            yield flight, Result.of(message)
        else:
            flight.started, flight.epoch, flight.worker = time.monotonic(), message["started"], str(message["pid"])

    def _next_deadline(self) -> float:
        started = [f.started for f in self._flights.values() if f.started is not None and not f.late]
        return max(0.0, min(started) + self._timeout - time.monotonic()) if started else 1.0

    def _kill_late(self) -> None:
        now = time.monotonic()
        for stream, flight in self._flights.items():
            if flight.started is not None and not flight.late and now - flight.started >= self._timeout:
                flight.late = True
                ray.cancel(stream, force=True)

    def _failure(self, flight: Flight, error: Exception) -> Result:
        reason, message = _reason(error)
        if flight.late:
            reason, message = Reason.TIMEOUT, f"was still running after {self._timeout:g} s (limits.trial_timeout)"
        now = time.time()
        return Result(
            State.FAILED, reason=reason, message=message, trace=_plain(str(error)),
            started=flight.epoch or now, ended=now, worker=flight.worker,
        )  # fmt: skip

    def abandon(self) -> None:
        """Kill every worker that runs a trial."""
        for stream in self._flights:
            ray.cancel(stream, force=True)
        self._flights.clear()

    def close(self) -> None:
        """Leave the cluster; a local one ends."""
        self.abandon()
        ray.shutdown()


def _next(stream: Any) -> ObjectRef[Any]:
    try:
        return next(stream)
    except StopIteration:
        raise failures.WorkerCrashedError from None


def _connect(address: str, workers: int | None) -> None:
    where: dict[str, Any] = {"address": address}
    if address == "local":
        where |= {"num_cpus": workers or os.cpu_count() or 1, "object_store_memory": SHARED_MEMORY}
        where |= {"include_dashboard": False}
    try:
        ray.init(**where, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError, failures.RayError) as error:
        remedy = "start one with `ray start --head`, or leave --address out to run on this machine"
        raise InputError(
            Problem("--address", f"no Ray cluster can be reached: {_plain(str(error))}", address, remedy)
        ) from None


def _reason(error: Exception) -> tuple[Reason, str]:
    if isinstance(error, failures.OutOfMemoryError):
        return Reason.MEMORY, "Ray ended the worker because the machine ran out of memory"
    if isinstance(error, (failures.NodeDiedError, failures.OwnerDiedError, failures.ObjectLostError)):
        return Reason.NODE, "the machine that ran the trial left the cluster"
    if isinstance(error, failures.RayTaskError):
        return Reason.CRASH, f"the worker could not run the trial: {_plain(str(error)).strip().splitlines()[-1]}"
    return Reason.CRASH, "the worker process died (abort, signal or exit); see the traceback and the worker's log"


def _plain(text: str) -> str:
    """Ray colours its messages; a ledger has no colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
