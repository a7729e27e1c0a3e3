"""A strategy that breaks its worker in the way its config says, for the tests of faults."""

import ctypes
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from nautilus_trader.model import InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Strategy

GROWTH = 700 * 2**20
hoarded: list[bytes] = []


@dataclass(frozen=True)
class WorkerFaultStrategyConfig:
    how: str = "well"
    marker: str = ""  # a file: the fault happens only while it does not exist, which the fault itself makes
    begun: str = ""  # a file that it makes before its fault
    seed: int = 0  # tells trials apart
    pause: float = 0.0  # seconds that it sleeps at the first event
    buys: int = 0  # shares at the first event, so that the figures of trials differ
    error_every: int = 0  # the trials with such a multiple of shares fail by themselves


def loop() -> None:
    """Python code that never ends, and takes no memory however fast the machine is."""
    while True:
        pass


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


def timer() -> None:
    """As `later`, by a thread that has no function of its own to be known by."""
    threading.Timer(1.0, os.abort).start()


def grow() -> None:
    """Keep so much memory that the next trial would find too little."""
    hoarded.append(b"x" * GROWTH)


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
    "loop": loop,
    "busy": busy,
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hoard": hoard,
    "error": error,
    "exit": lambda: sys.exit(3),
    "os_exit": lambda: os._exit(3),
    "later": later,
    "timer": timer,
    "grow": grow,
}


class WorkerFaultStrategy(Strategy):
    """Does its fault at the first event."""

    def __init__(self, config: WorkerFaultStrategyConfig) -> None:
        super().__init__(None)
        self.given = config
        self.seen = 0

    def on_start(self) -> None:
        self.subscribe_quotes(InstrumentId.from_str("SPY.ARCA"))

    def on_quote(self, quote: object) -> None:
        self.seen += 1
        if self.seen != 1:
            return
        time.sleep(self.given.pause)
        if self.given.buys:
            spy, shares = InstrumentId.from_str("SPY.ARCA"), Quantity(self.given.buys, 0)
            self.submit_order(self.order_factory.market(spy, OrderSide.BUY, shares))
        if self.given.marker:
            if Path(self.given.marker).exists():
                return
            Path(self.given.marker).touch()
        if self.given.error_every and self.given.buys % self.given.error_every == 0:
            error()
        if self.given.begun:
            Path(self.given.begun).touch()
        sys.stderr.write(f"about to do: {self.given.how}\n")
        sys.stderr.flush()
        FAULTS[self.given.how]()
