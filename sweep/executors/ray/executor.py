"""Trials as Ray tasks. Crashes stay in the worker process; a watchdog enforces limits; the driver retries."""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import ray
from ray import exceptions as failures
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from sweep.errors import Reason, SweepError
from sweep.executors.base import DEFAULTS, ExecutorOptions, RunningTrials
from sweep.executors.ray import connection, private
from sweep.executors.ray.bunches import Bunches
from sweep.executors.ray.failures import crash_cause
from sweep.executors.ray.head_watch import HeadWatch
from sweep.executors.ray.metrics import DriverMetrics
from sweep.executors.ray.running_clock import RunningClock
from sweep.executors.ray.task import InFlight, next_message, task_of
from sweep.executors.worker import crash_recorder, watchdog
from sweep.executors.worker.crash_recorder import CrashCause
from sweep.trial import ISOLATED, MUST_RUN_ISOLATED, Result, State, Trial

QUEUED = 2  # trials submitted for each slot: one runs, one waits for it to end
FENCE = 20.0  # seconds after the limit when the driver kills a trial that the watchdog should have ended
RETIRED = 3  # times, beside once for each slot, that a trial may meet a worker which leaves before it begins
LOOK = 1.0  # seconds between looks at the processes of Ray
CENSUS = 5.0  # seconds between looks at the machines of the cluster
ARRIVAL = 120.0  # seconds that a cluster may take to bring up a machine that can run a trial, or to begin one there


class RayExecutor:
    """Trials as Ray tasks on this machine (`address="local"`) or on a cluster that runs."""

    def __init__(self, base: Mapping[str, Any], options: ExecutorOptions = DEFAULTS) -> None:
        address, limits = options.address, options.limits
        connection.connect(address, options.workers)
        self._is_local, self._clock, self._idle = address == "local", RunningClock(options.say), 0.0
        self._metrics = DriverMetrics(options.sweep) if address != "local" else None
        self._limits, self._workers, self._say = limits, options.workers, options.say
        self._sweep, self._is_gone = options.sweep, False
        self._head = None if self._is_local else HeadWatch(connection.head_address(), options.say, self._last_words)
        self._refused: dict[str, str] = {}  # nodes that cannot have the catalog, and why
        # Ray starts no more trials on a machine than its memory can hold
        needs: dict[str, Any] = {"memory": limits.memory_bytes} if limits.memory_bytes else {}
        connection.require_machine(needs, ARRIVAL if address != "local" else 0.0)
        self._counted_at, self._places, self._stranded = float("-inf"), 0, float("inf")
        self._options: dict[str, Any] = {
            "num_returns": "streaming", "num_cpus": 1, "max_retries": 0, "scheduling_strategy": "SPREAD",
            "name": "trial", **needs,
        }  # fmt: skip
        self._function: Any = ray.remote(task_of(base, options))
        self._task = self._function.options(**self._options)
        self._flights: dict[Any, InFlight] = {}  # by the stream of a task's messages
        self._bunches = Bunches()

    @property
    def slots(self) -> int:
        """Number of trials that run at the same time on the machines of the cluster as it is now."""
        now = time.monotonic()
        self._require_ray()
        if now > self._counted_at + CENSUS and (self._head is None or self._head.answers()):
            self._counted_at, self._places = now, sum(map(self._places_on, connection.nodes(self._refused)))
            self._stranded = float("inf") if self._places else min(self._stranded, now)
        return max(1, min(self._workers or self._places, self._places))

    def _require_ray(self) -> None:
        """Raise SweepError if a process of Ray here, or the head, has ended: Ray waits for it, for a minute."""
        if private.ended_process() or (self._head and self._head.is_gone):
            self._is_gone = True
            raise SweepError(self._last_words())

    def _last_words(self) -> str:
        if ended := private.ended_process():
            rule = f"Ray's process {ended} on this machine ended: was it killed?"
        else:
            rule = f"the head of the cluster does not answer any more ({self._head and self._head.address})."
        return f"{rule} All that had ended is recorded; go on with: sweep resume {self._sweep}"

    def _places_on(self, node: Mapping[str, float]) -> int:
        return connection.places(node, self._limits.memory_bytes)

    def in_flight(self) -> tuple[InFlight, ...]:
        """Return the tasks that were submitted and have not ended."""
        return tuple(self._flights.values())

    def running(self) -> Sequence[RunningTrials]:
        """The tasks that have begun."""
        return [RunningTrials(f.worker, f.epoch, f.trials) for f in self.in_flight() if f.epoch]

    def room(self) -> int:
        """Places for trials, those that wait for a slot included; of short ones, enough for the next bunches."""
        slots = self.slots
        size, places = self._bunches.size(slots), _places(slots)
        if size == 1:
            return max(0, places - len(self._flights) - len(self._bunches.waiting))
        return max(0, 2 * places * size - self._flying() - len(self._bunches.waiting))

    def _flying(self) -> int:
        """Number of trials in tasks that were submitted and have not ended."""
        return sum(len(flight.trials) for flight in self._flights.values())

    def submit(self, *trials: Trial) -> None:
        """Hand the trial, or the pack, to Ray as one task; a short trial waits until others can go with it."""
        is_pack = len(trials) > 1
        if is_pack:
            self._bunches.stop()
        elif self._bunches.takes(trials, self.slots):
            self._bunches.waiting.extend(trials)
            return
        self._launch(InFlight(trials, is_pack))

    def _launch_bunches(self) -> None:
        """Fill the places that are free with what waits."""
        slots = self.slots if self._bunches.waiting else 0
        while self._bunches.waiting and len(self._flights) < _places(slots):
            self._launch(InFlight(self._bunches.next(slots, _places(slots))))

    def _launch(self, flight: InFlight) -> None:
        settings = [asdict(trial) for trial in flight.trials]
        stream = self._task.remote(settings, flight.is_pack)
        flight.submitted = self._clock.look()
        self._flights[stream] = flight

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        """The trials that ended, in the order of their numbers; kills those that no sentinel could."""
        end = time.monotonic() + timeout
        results: list[tuple[Trial, Result]] = []
        self._clock.look()  # also where nothing runs, as in a sweep that is paused
        self._launch_bunches()
        while self._flights and not results and (left := end - time.monotonic()) > 0:
            self._require_ray()
            ready, _ = ray.wait(list(self._flights), num_returns=len(self._flights), timeout=0)
            ready = ready or ray.wait(list(self._flights), num_returns=1, timeout=min(left, LOOK))[0]
            results = [ended for stream in ready for ended in self._advance(stream)]
            now = self._clock.look()
            if not ready:  # else there may be more to hear first, as after a pause
                self._fence(now)
                results = list(self._give_up(now))
        if self._metrics:
            self._metrics.show(self._flying(), self.slots, results)
        if not results and self.slots and time.monotonic() > self._stranded + ARRIVAL:
            raise SweepError(f"the cluster lost every machine that could run a trial, {ARRIVAL:g} s ago")
        return sorted(results, key=lambda d: d[0].number)

    def _advance(self, stream: Any) -> Iterator[tuple[Trial, Result]]:
        """Take the next message of a task: its start, or its end."""
        flight = self._flights[stream]
        try:
            message: dict[str, Any] = ray.get(next_message(stream))
        except Exception as error:  # noqa: BLE001 (whatever Ray says, it is the end of this task)
            self._require_ray()  # else the trial would be blamed
            del self._flights[stream]
            if flight.started is None and isinstance(error, failures.WorkerCrashedError):
                yield from self._again(flight, error)
            elif flight.is_bunch:  # alone, the one that was to blame gets its reason
                for trial in self._bunches.broken(flight.trials):
                    self._launch(InFlight((trial,)))
            else:
                result = self._failure(flight, error)
                yield from ((trial, result) for trial in flight.trials)
            return
        if "staging" in message:
            flight.is_staging = True
            self._say(f"{message['host']} (node {message['node'][:8]}): {message['staging']}")
        elif "refused" in message:
            del self._flights[stream]
            self._refuse(message)
            self._launch(InFlight(flight.trials, flight.is_pack))
        elif "results" in message:
            del self._flights[stream]
            results = [Result.of(result) for result in message["results"]]
            self._bunches.learn(results)
            self._bunches.put_back(flight.trials[len(results) :])
            yield from zip(flight.trials, results, strict=False)
        else:
            flight.started, flight.epoch = self._clock.look(), message["started"]
            flight.worker, flight.node = message["worker"], message["node"]

    def _refuse(self, message: Mapping[str, Any]) -> None:
        """Give no more trials to a node that cannot have the catalog; raises when there is no other."""
        name = f"{message['host']} (node {message['node'][:8]})"
        if message["node"] not in self._refused:
            self._refused[message["node"]] = f"{name}: {message['refused']}"
            self._say(f"{name} gets no trials: {message['refused']}")
            elsewhere = {"ray.io/node-id": f"!in({','.join(self._refused)})"}
            self._task = self._function.options(**self._options, label_selector=elsewhere)
            self._counted_at = float("-inf")
        if not any(map(self._places_on, connection.nodes(self._refused))):
            why = "\n".join(sorted(self._refused.values()))
            raise SweepError(f"no machine of the cluster can have the catalog:\n{why}")

    def _fence(self, now: float) -> None:
        """Kill the trials that their watchdogs should have ended; those that are stopped wait for theirs."""
        limit = self._limits.timeout_s
        for stream, flight in self._flights.items():
            allowed = limit * len(flight.trials) + FENCE if limit is not None else float("inf")
            late = flight.started is not None and now > flight.started + allowed
            if late and not flight.fenced and not _is_stopped(flight):
                flight.fenced = True
                ray.cancel(stream, force=True)

    def _give_up(self, now: float) -> Iterator[tuple[Trial, Result]]:
        """Hand out anew the tasks that wait although places are free: their worker is stuck.

        On a cluster other jobs may have the places: it is said.
        """
        waiting = {s: f for s, f in self._flights.items() if f.started is None and not f.is_staging}
        if not waiting or len(self._flights) - len(waiting) >= self.slots:
            self._idle = now
        late = [s for s, f in waiting.items() if now > max(f.submitted, self._idle) + ARRIVAL]
        if late and not self._is_local:
            self._idle = now
            self._say(f"  no worker has begun {len(late)} trials for {ARRIVAL:g} s: other jobs may have the places")
            return
        for stream in late:
            ray.cancel(stream, force=True)
            yield from self._again(self._flights.pop(stream), TimeoutError(f"no worker began it within {ARRIVAL:g} s"))

    def _again(self, flight: InFlight, error: Exception) -> Iterator[tuple[Trial, Result]]:
        """Submit a task once more that did not begin; at last it has failed."""
        if flight.retired < self.slots + RETIRED:
            self._launch(InFlight(flight.trials, flight.is_pack, retired=flight.retired + 1))
        else:
            result = self._failure(flight, error)
            yield from ((trial, result) for trial in flight.trials)

    def _failure(self, flight: InFlight, error: Exception) -> Result:
        cause = crash_cause(error)
        if cause.is_unknown and flight.started is not None:
            cause = self._autopsy(flight) or cause
        if flight.fenced and cause.is_unknown:
            seconds = self._limits.timeout_s or 0.0
            sentence = f"was still running after {seconds:g} s (limits.trial_timeout)"
            cause = CrashCause(Reason.TIMEOUT, sentence, cause.trace)
        now = time.time()
        return Result(
            State.FAILED, reason=cause.reason, message=cause.message, trace=cause.trace,
            started=flight.epoch or now, ended=now, worker=flight.worker,
            replay=ISOLATED if len(flight.trials) == 1 else MUST_RUN_ISOLATED,
        )  # fmt: skip

    def _autopsy(self, flight: InFlight) -> CrashCause | None:
        """Ask the machine of a dead worker for the cause of death; None if it does not answer."""
        host, _, pid = flight.worker.rpartition(":")
        facts = (int(pid), flight.name, self._limits)
        if host == socket.gethostname():
            return crash_recorder.find_crash_cause(*facts)
        strategy = NodeAffinitySchedulingStrategy(flight.node, soft=False)
        task: Any = ray.remote(crash_recorder.find_crash_cause).options(
            num_cpus=0, max_retries=0, scheduling_strategy=strategy
        )
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
        return [trial for trials in waiting.values() for trial in trials] + self._bunches.recall()

    def interrupt(self) -> None:
        """Nothing to do: `wait` looks up often."""

    def abandon(self) -> None:
        """Kill every worker that runs a trial."""
        for stream in self._flights:
            ray.cancel(stream, force=True)
        self._flights.clear()
        self._bunches.recall()

    def close(self) -> None:
        """Leave the cluster; a local one ends."""
        if self._head:
            self._head.close()
        if ray.is_initialized():
            if not self._is_gone:  # else nobody would answer
                self.abandon()
            connection.disconnect()


def _places(slots: int) -> int:
    """Number of tasks that run or wait for a slot."""
    return slots * (QUEUED if slots > 1 else 1)


def _is_stopped(flight: InFlight) -> bool:
    """True if the worker of a trial is on this machine and stopped (SIGSTOP): its watchdog does not count that."""
    host, _, pid = flight.worker.rpartition(":")
    return host == socket.gethostname() and watchdog.stat(int(pid))[:1] in (["T"], ["t"])
