"""A strategy that breaks its worker in the way its config says, for the tests of faults."""

import ctypes
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from nautilus_trader.trading import Strategy


@dataclass(frozen=True)
class SaboteurConfig:
    how: str = "well"
    marker: str = ""  # a file: the fault happens only while it does not exist, which the fault itself makes
    seed: int = 0  # tells trials apart


def busy() -> None:
    """C code that holds the GIL and ignores every signal handler."""
    pattern = ctypes.PyDLL(None).usleep
    while True:
        pattern(1_000_000)


def hoard() -> None:
    """Allocate without end, touching every page."""
    kept: list[bytes] = []
    while True:
        kept.append(b"x" * 20_000_000)


def later() -> None:
    """Kill the process a while after the trial has ended."""

    def strike() -> None:
        time.sleep(1.0)
        os.abort()

    threading.Thread(target=strike, daemon=True).start()


def error() -> None:
    raise LookupError("no such thing")


FAULTS = {
    "well": lambda: None,
    "sleep": lambda: time.sleep(3600),
    "loop": lambda: [None for _ in iter(int, 1)],
    "busy": busy,
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hoard": hoard,
    "error": error,
    "exit": lambda: sys.exit(3),
    "os_exit": lambda: os._exit(3),
    "later": later,
}


class Saboteur(Strategy):
    """Does its fault at the first event."""

    def __init__(self, config: SaboteurConfig) -> None:
        super().__init__(None)
        self.given = config
        self.seen = 0

    def on_start(self) -> None:
        from nautilus_trader.model import InstrumentId

        self.subscribe_quotes(InstrumentId.from_str("SPY.ARCA"))

    def on_quote(self, quote: object) -> None:
        self.seen += 1
        if self.seen != 1:
            return
        if self.given.marker:
            if Path(self.given.marker).exists():
                return
            Path(self.given.marker).touch()
        sys.stderr.write(f"about to do: {self.given.how}\n")
        sys.stderr.flush()
        FAULTS[self.given.how]()
