"""Thread beside the driver: takes requests of other processes, and writes the state that they may see."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from sweep.executors.base import Executor, RunningTrials
from sweep.ledger.driver_files import Action, Activity, DriverFiles, DriverState
from sweep.runner.control.progress import Progress
from sweep.runner.control.stop import Stop

LOOK = 0.5  # seconds between looks at requests, and from one state to the next


class Attendant:
    """Applies requests to `stop`, and describes the driver by its last progress and by what its executor runs."""

    def __init__(self, files: DriverFiles, stop: Stop, say: Callable[[str], None]) -> None:
        self._files, self._stop, self._say = files, stop, say
        self._lines: SimpleQueue[str] = SimpleQueue()  # to be said by the driver: trials redirect stderr meanwhile
        self._tally: Progress | None = None
        self._ended = threading.Event()
        self.phase, self.executor = "starting", None
        self.busy = 0.0  # CPU seconds of this thread

    executor: Executor | None

    @contextmanager
    def attending(self) -> Generator[None]:
        """Attend to the driver inside."""
        self._files.begin()
        thread = threading.Thread(target=self._run, name="attendant", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
            self._files.end()

    def watching(self, watch: Callable[[Progress], None]) -> Callable[[Progress], None]:
        """The callback of a run that shows its progress, which also keeps it for others to see."""

        def show(tally: Progress) -> None:
            tally.running = sum(len(r.trials) for r in self.executor.running()) if self.executor else 0
            self._tally = tally
            with suppress(Empty):
                while True:
                    self._say(self._lines.get_nowait())
            watch(tally)

        return show

    def _run(self) -> None:
        while True:
            for action in self._files.requests():
                self._apply(action)
            with suppress(OSError):  # such as a full disk, of which the ledger tells
                self._files.write(self._state())
            self.busy = time.thread_time()
            if self._ended.wait(LOOK):
                return

    def _apply(self, action: Action) -> None:
        resumption = f"go on with: sweep resume {self._files.folder.id}"
        if action in {"stop", "stop-now"}:
            self._lines.put("told to stop: no more trials are started" if action == "stop" else "told to stop now")
            self._stop.request(now=action == "stop-now")
        elif action == "pause" and not self._stop.paused:
            self._lines.put(f"paused: no trial begins; {resumption}")
            self._stop.pause()
        elif action == "resume" and self._stop.paused:
            self._lines.put("resumed")
            self._stop.resume()
        with suppress(OSError):
            self._files.write(self._state())

    def _phase(self) -> str:
        return "stopping" if self._stop.level else "paused" if self._stop.paused else self.phase

    def _state(self) -> DriverState:
        """State as of now. What the executor runs is read while the driver goes on."""
        running = tuple(map(_activity, self.executor.running())) if self.executor else ()
        if (tally := self._tally) is None:
            return DriverState(phase=self._phase(), at=time.time(), activities=running)
        proof = "proof: {:,} of {:,} are run again alone".format(*tally.again) if tally.again else ""
        return DriverState(
            phase=self._phase(), at=time.time(), elapsed=tally.elapsed, total=tally.total, exact=tally.exact,
            done=tally.done, ended=tally.ended, slots=tally.slots, eta=tally.eta, note=tally.seeking or proof,
            activities=running,
        )  # fmt: skip


def _activity(running: RunningTrials) -> Activity:
    return Activity(
        worker=running.worker, since=running.since, keys=tuple(trial.key for trial in running.trials),
        is_check=any(trial.number < 0 for trial in running.trials),
    )  # fmt: skip
