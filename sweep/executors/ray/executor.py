"""Ray tasks, one for each trial. The worker is the blast wall, its sentinel keeps limits, the driver retries."""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import gc
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any

os.environ.setdefault(
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0"
)  # else `uv run` uploads the working directory, catalog and all

import ray
from ray import exceptions as failures
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from sweep.common.object_store import StorageError
from sweep.errors import InputError, Problem, Reason, SweepError
from sweep.executors.limits import UNLIMITED, Limits
from sweep.executors.ray.minimal_node import lean
from sweep.executors.worker import crash_recorder
from sweep.executors.worker.crash_recorder import CrashCause, colourless
from sweep.trial import ISOLATED, MUST_RUN_ISOLATED, Result, State, Trial

LOG = logging.getLogger(__name__)
QUEUED = 2  # trials submitted for each slot: one runs, one waits for it to end
SHARED_MEMORY = 128 * 2**20  # bytes of Ray's object store on a workstation: only settings and figures pass through it
FENCE = 5.0  # seconds after the limit when the driver kills what the sentinel should have
RETIRED = 3  # times, beside once for each slot, that a trial may meet a worker which leaves before it begins
CENSUS = 5.0  # seconds between looks at the machines of the cluster
ARRIVAL = 120.0  # seconds that a cluster may take to bring up a machine that can run a trial


def work(
    base: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], limits: Mapping[str, Any], paths: Sequence[str],
    supply: Mapping[str, Any] | None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The task: how far its node is with the catalog, that it started, what became of its trial or each of its pack."""
    from sweep.executors.worker.run_trial import execute_all, identity

    given = Limits(**limits)
    crash_recorder.worker.retire_if_spent(given)
    node = ray.get_runtime_context().get_node_id()
    if supply:
        try:
            base = {**base, "catalog": (yield from _supplied(supply, node))}
        except StorageError as error:
            yield {"refused": str(error), "node": node, "host": socket.gethostname()}
            return
    yield {"worker": identity(), "node": node, "started": time.time()}
    results = execute_all(base, [Trial.of(t) for t in trials], limits=given, paths=paths)
    yield {"results": [result.plain() for result in results]}


def _supplied(supply: Mapping[str, Any], node: str) -> Generator[dict[str, Any], None, str]:
    """Where the catalog is on this node, once it is there and right."""
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
    started: float | None = None  # time.monotonic() of this process
    epoch: float = 0.0  # UNIX seconds, clock of the worker
    worker: str = ""  # host:pid
    node: str = ""
    fenced: bool = False
    retired: int = 0

    @property
    def name(self) -> str:
        """Under which its worker keeps what it said last."""
        return self.trials[0].key


class DriverMetrics:
    """Figures of the driver beside Ray's own, on the same endpoint for Prometheus."""

    def __init__(self, sweep: str) -> None:
        from ray.util.metrics import Counter, Gauge

        self._ended = Counter("sweep_trials_ended", "Attempts of trials that ended", ("sweep", "state", "reason"))
        self._flying = Gauge("sweep_trials_in_flight", "Trials that run or wait for a slot", ("sweep",))
        self._slots = Gauge("sweep_slots", "Trials that may run at a time", ("sweep",))
        self._tags = {"sweep": sweep}

    def show(self, flying: int, slots: int, done: Sequence[tuple[Trial, Result]]) -> None:
        self._flying.set(flying, self._tags)
        self._slots.set(slots, self._tags)
        for _, result in done:
            self._ended.inc(1, self._tags | {"state": str(result.state), "reason": str(result.reason or "")})


class RayExecutor:
    """Trials as Ray tasks on this machine (`address="local"`) or on a cluster that runs."""

    def __init__(
        self,
        base: Mapping[str, Any],
        *,
        workers: int | None = None,
        address: str = "local",
        limits: Limits = UNLIMITED,
        paths: Sequence[str] = (),
        supply: Mapping[str, Any] | None = None,  # what each node must have, see sweep.catalog.remote
        say: Callable[[str], None] = LOG.info,
        sweep: str = "",  # its id, for the metrics of a cluster
    ) -> None:
        _connect(address, workers)
        self._meter = DriverMetrics(sweep) if address != "local" else None
        self._limits, self._workers, self._say = limits, workers, say
        self._refused: dict[str, str] = {}  # nodes that cannot have the catalog, and why
        # Ray starts no more trials on a machine than its memory can hold
        needs: dict[str, Any] = {"memory": limits.bytes} if limits.bytes else {}
        _make_room(needs, ARRIVAL if address != "local" else 0.0)
        self._seen, self._places, self._stranded = float("-inf"), 0, float("inf")
        self._base, self._paths, self._supply = ray.put(dict(base)), list(paths), supply and ray.put(dict(supply))
        self._options: dict[str, Any] = {
            "num_returns": "streaming", "num_cpus": 1, "max_retries": 0, "scheduling_strategy": "SPREAD",
            "name": "trial", **needs,
        }  # fmt: skip
        self._task: Any = ray.remote(work).options(**self._options)
        self._flights: dict[Any, InFlight] = {}  # by the stream of a task's messages

    @property
    def slots(self) -> int:
        """How many trials run at the same time, on the machines that are there now."""
        now = time.monotonic()
        if now > self._seen + CENSUS:
            self._seen, self._places = now, sum(_places(node, self._limits.bytes) for node in _nodes(self._refused))
            self._stranded = float("inf") if self._places else min(self._stranded, now)
        return max(1, min(self._workers or self._places, self._places))

    def room(self) -> int:
        """Places for trials, those that wait for a slot included."""
        return max(0, self.slots * (QUEUED if self.slots > 1 else 1) - len(self._flights))

    def submit(self, *trials: Trial) -> None:
        """Hand the trial, or the pack, to Ray as one task."""
        self._launch(InFlight(trials))

    def _launch(self, flight: InFlight) -> None:
        settings = [asdict(trial) for trial in flight.trials]
        stream = self._task.remote(self._base, settings, asdict(self._limits), self._paths, self._supply)
        self._flights[stream] = flight

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        """The trials that ended, in the order of their numbers; kills those that no sentinel could."""
        end = time.monotonic() + timeout
        done: list[tuple[Trial, Result]] = []
        while self._flights and not done and (left := end - time.monotonic()) > 0:
            ready, _ = ray.wait(list(self._flights), num_returns=len(self._flights), timeout=0)
            ready = ready or ray.wait(list(self._flights), num_returns=1, timeout=left)[0]
            done = [ended for stream in ready for ended in self._advance(stream)]
            self._fence()
        if self._meter:
            self._meter.show(len(self._flights), self.slots, done)
        if not done and self.slots and time.monotonic() > self._stranded + ARRIVAL:
            raise SweepError(f"the cluster lost every machine that could run a trial, {ARRIVAL:g} s ago")
        return sorted(done, key=lambda d: d[0].number)

    def _advance(self, stream: Any) -> Iterator[tuple[Trial, Result]]:
        """Take the next message of a task: its start, or its end."""
        flight = self._flights[stream]
        try:
            message: dict[str, Any] = ray.get(_next(stream))
        except Exception as error:  # noqa: BLE001 (whatever Ray says, it is the end of this task)
            del self._flights[stream]
            has_retired = flight.started is None and isinstance(error, failures.WorkerCrashedError)
            if has_retired and flight.retired < self.slots + RETIRED:
                self._launch(InFlight(flight.trials, retired=flight.retired + 1))
            else:
                result = self._failure(flight, error)
                yield from ((trial, result) for trial in flight.trials)
            return
        if "staging" in message:
            self._say(f"{message['host']} (node {message['node'][:8]}): {message['staging']}")
        elif "refused" in message:
            del self._flights[stream]
            self._refuse(message)
            self._launch(InFlight(flight.trials))
        elif "results" in message:
            del self._flights[stream]
            yield from zip(flight.trials, map(Result.of, message["results"]), strict=True)
        else:
            flight.started, flight.epoch = time.monotonic(), message["started"]
            flight.worker, flight.node = message["worker"], message["node"]

    def _refuse(self, message: Mapping[str, Any]) -> None:
        """Give no more trials to a node that cannot have the catalog; raises when there is no other."""
        name = f"{message['host']} (node {message['node'][:8]})"
        if message["node"] not in self._refused:
            self._refused[message["node"]] = f"{name}: {message['refused']}"
            self._say(f"{name} gets no trials: {message['refused']}")
            elsewhere = {"ray.io/node-id": f"!in({','.join(self._refused)})"}
            self._task = ray.remote(work).options(**self._options, label_selector=elsewhere)
            self._seen = float("-inf")
        if not any(_places(offer, self._limits.bytes) for offer in _nodes(self._refused)):
            why = "\n".join(sorted(self._refused.values()))
            raise SweepError(f"no machine of the cluster can have the catalog:\n{why}")

    def _fence(self) -> None:
        limit = self._limits.seconds
        for stream, flight in self._flights.items():
            allowed = limit * len(flight.trials) + FENCE if limit is not None else float("inf")
            late = flight.started is not None and time.monotonic() > flight.started + allowed
            if late and not flight.fenced:
                flight.fenced = True
                ray.cancel(stream, force=True)

    def _failure(self, flight: InFlight, error: Exception) -> Result:
        found = _finding(error)
        if flight.fenced:
            seconds = self._limits.seconds or 0.0
            found = CrashCause(
                Reason.TIMEOUT, f"was still running after {seconds:g} s (limits.trial_timeout)", found.trace
            )
        elif found.reason is Reason.CRASH and flight.started is not None:
            found = self._autopsy(flight) or found
        now = time.time()
        return Result(
            State.FAILED, reason=found.reason, message=found.message, trace=found.trace,
            started=flight.epoch or now, ended=now, worker=flight.worker,
            replay=ISOLATED if len(flight.trials) == 1 else MUST_RUN_ISOLATED,
        )  # fmt: skip

    def _autopsy(self, flight: InFlight) -> CrashCause | None:
        """What the machine of a dead worker knows; None when it cannot be asked."""
        host, _, pid = flight.worker.rpartition(":")
        facts = (int(pid), flight.name, self._limits)
        if host == socket.gethostname():
            return crash_recorder.autopsy(*facts)
        there = NodeAffinitySchedulingStrategy(flight.node, soft=False)
        task: Any = ray.remote(crash_recorder.autopsy).options(num_cpus=0, max_retries=0, scheduling_strategy=there)
        try:
            return ray.get(task.remote(*facts), timeout=20)
        except failures.RayError:
            return None

    def recall(self) -> list[Trial]:
        """Take back the trials that wait for a slot; one that begins in this moment is ended."""
        waiting = {stream: flight.trials for stream, flight in self._flights.items() if flight.started is None}
        for stream in waiting:
            ray.cancel(stream, force=True)
            del self._flights[stream]
        return [trial for trials in waiting.values() for trial in trials]

    def interrupt(self) -> None:
        """Nothing to do: `wait` looks up often."""

    def abandon(self) -> None:
        """Kill every worker that runs a trial."""
        for stream in self._flights:
            ray.cancel(stream, force=True)
        self._flights.clear()

    def close(self) -> None:
        """Leave the cluster; a local one ends."""
        if ray.is_initialized():
            self.abandon()
            with _uncollected():
                ray.shutdown()


@contextmanager
def _uncollected() -> Generator[None]:
    """No garbage is collected inside: a reference that another thread frees while Ray ends would end this process."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def _nodes(without: Collection[str] = ()) -> list[dict[str, float]]:
    """What each machine of the cluster offers."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"] and node["NodeID"] not in without]


def _places(offer: Mapping[str, float], memory: int | None) -> int:
    """How many trials a machine holds at a time."""
    cores = int(offer.get("CPU", 0))
    return min(cores, int(offer.get("memory", 0) // memory)) if memory else cores


def _nothing() -> None:
    """The task that shows whether some machine could run a trial."""


def _make_room(needs: Mapping[str, Any], patience: float) -> None:
    """Raises InputError when no machine can run a trial, also after what a growing cluster needs to bring one up."""
    memory = needs.get("memory")
    if any(_places(offer, memory) for offer in _nodes()):
        return
    asked: Any = ray.remote(_nothing).options(num_cpus=1, max_retries=0, **needs).remote()  # an autoscaler hears it
    if patience and ray.wait([asked], timeout=patience)[0]:
        return
    ray.cancel(asked)
    largest = max((offer.get("memory", 0) for offer in _nodes() if offer.get("CPU", 0) >= 1), default=0)
    ray.shutdown()
    if memory and largest:
        rule = f"no machine can hold such a trial: the largest offers {largest / 2**20:,.0f} MiB"
        raise InputError(Problem("limits.trial_memory", rule, f"{memory / 2**20:,.0f} MiB", "lower it"))
    raise InputError(Problem("--address", "no machine of the cluster offers a CPU", remedy="`ray status` shows them"))


def _next(stream: Any) -> Any:
    try:
        return next(stream)
    except StopIteration:
        raise failures.WorkerCrashedError from None


def _hush() -> None:
    """Keep Ray's remarks about dead workers off stdout, which is for results: the ledger says why they died."""

    def silent(*_: object, **__: object) -> None: ...

    vars(sys.modules["ray._private.worker"])["print_to_stdstream"] = silent


def _connect(address: str, workers: int | None) -> None:
    where: dict[str, Any] = {"address": address}
    if address == "local":
        where |= {"num_cpus": workers or os.cpu_count() or 1, "object_store_memory": SHARED_MEMORY}
        where |= {"include_dashboard": False}
    _hush()
    try:
        _knock(address)
        with lean() if address == "local" else nullcontext():
            ray.init(**where, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError, RuntimeError, failures.RayError) as error:
        rule = f"no Ray cluster can be reached: {colourless(str(error))}"
        remedy = "start one with `ray start --head`, or leave --address out to run on this machine"
        raise InputError(Problem("--address", rule, address, remedy)) from None


def _knock(address: str) -> None:
    """Raises OSError when nobody listens at HOST:PORT: Ray itself takes two minutes to find that out."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=10).close()


def _finding(error: Exception) -> CrashCause:
    said = colourless(str(error)).strip()
    if isinstance(error, failures.OutOfMemoryError):
        return CrashCause(Reason.MEMORY, "Ray ended the worker because the machine ran out of memory", said)
    if isinstance(error, (failures.NodeDiedError, failures.OwnerDiedError, failures.ObjectLostError)):
        return CrashCause(Reason.NODE, "the machine that ran the trial left the cluster", said)
    if isinstance(error, failures.RayTaskError):
        return CrashCause(Reason.CRASH, f"the worker could not run the trial: {said.splitlines()[-1]}", said)
    return CrashCause(Reason.CRASH, "the worker process died and left no word", said)
