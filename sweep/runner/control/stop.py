"""Requests of the user to a driver: to stop, to pause, to go on."""

import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from sweep.executors.worker.crash_recorder import terminal_stderr


@dataclass(slots=True)
class Stop:
    """Requests of the user: `level` 0 go on, 1 start no more trials, 2 stop now; and a pause."""

    level: int = 0
    paused: bool = False  # no trial begins until it ends

    say: Callable[[str], None] = field(default=lambda _: None)
    now: Callable[[], None] = field(default=lambda: None)  # ends what would not look at `level` by itself
    _is_heard: bool = False  # signals come here
    _since: float = 0.0  # when the pause began
    _pauses: float = 0.0  # seconds of earlier ones

    def pause(self) -> None:
        """Let no trial begin until `resume`."""
        if not self.paused:
            self._since, self.paused = time.monotonic(), True

    def resume(self) -> None:
        """Go on after a pause."""
        if self.paused:
            self._pauses, self.paused = self.pauses, False

    @property
    def pauses(self) -> float:
        """Seconds of all pauses."""
        return self._pauses + (time.monotonic() - self._since if self.paused else 0.0)

    @contextmanager
    def on_signals(self) -> Generator[None]:
        """Ctrl-C once lets running trials end, twice stops now; SIGTERM stops now. In the main thread alone."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._is_heard = True
        before = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            self.listen()
            yield
        finally:
            self._is_heard = False
            for number, handler in before.items():
                signal.signal(number, handler)

    def listen(self) -> None:
        """Take the signals, also after a library has taken them for itself."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._interrupt)
            signal.signal(signal.SIGTERM, self._terminate)

    def request(self, *, now: bool) -> None:
        """Stop as one Ctrl-C does, or `now` as SIGTERM does. Called by any thread."""
        self.level = max(self.level, 1)
        if now and self._is_heard:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        elif now:
            self.level = 2

    def _interrupt(self, _: int, __: FrameType | None) -> None:
        self.level += 1
        once = "stopping: no more trials are started; press Ctrl-C again to stop now"
        with terminal_stderr():
            self.say(once if self.level == 1 else "stopping now")
        if self.level > 1:
            self.now()

    def _terminate(self, _: int, __: FrameType | None) -> None:
        self.level = max(2, self.level)
        self.now()
