"""Clock of the time in which this process could run: a machine that sleeps or is paused stops it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

GAP = 5.0  # seconds between two looks that are a pause


def _now() -> float:
    """Seconds, those in which the machine was suspended included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass
class RunningClock:
    """Seconds since it was made without its pauses. It has to be looked at often."""

    say: Callable[[str], None]
    read: Callable[[], float] = _now
    used: Callable[[], float] = time.process_time  # CPU seconds of this process
    _seconds: float = 0.0
    _last: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        self._last = self.read(), self.used()

    def look(self) -> float:
        """Return the seconds; a pause since the last look is said, and left out."""
        now, used = self.read(), self.used()
        step, busy = now - self._last[0], used - self._last[1]
        self._last = now, used
        if step < GAP:
            self._seconds += step
        elif busy < step / 2:  # else it was at work itself
            self.say(f"  this process stood still for {step:.0f} s (a paused machine?): limits do not count that time")
        return self._seconds
