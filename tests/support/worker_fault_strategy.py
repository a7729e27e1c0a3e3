"""A strategy that breaks its worker in the way its config says, for the tests of faults."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from nautilus_trader.model import InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Strategy

GROWTH = 700 * 2**20
hoarded: list[object] = []


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
    chunks: list[bytes] = []
    while True:
        chunks.append(b"x" * 20_000_000)


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


def pool() -> None:
    """Leave a pool of processes open, with tasks that never end."""
    left = ProcessPoolExecutor(2, mp_context=get_context("fork"))
    for _ in range(4):
        left.submit(time.sleep, 3600)
    hoarded.append(left)


def fork() -> None:
    """Leave a child that holds all files of the worker."""
    if os.fork() == 0:
        time.sleep(3600)


def daemon() -> None:
    """Leave a process that is nobody's child and in a session of its own."""
    if (child := os.fork()) == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(3600)
    os.waitpid(child, 0)


def command() -> None:
    """Leave a program in a session of its own."""
    subprocess.Popen(["sleep", "3600"], start_new_session=True)


def threads() -> None:
    """Leave a pool of threads whose tasks never end."""
    left = ThreadPoolExecutor(2)
    left.submit(time.sleep, 3600)
    hoarded.append(left)


def holding() -> None:
    """Leave a thread that takes the GIL for ever, a while after the trial has ended."""

    def hold() -> None:
        time.sleep(2.0)
        busy()

    threading.Thread(target=hold, daemon=True).start()


def family() -> None:
    """Abort while children hold all files of the worker."""
    pool()
    fork()
    daemon()
    os.abort()


def hungry() -> None:
    """Let a child allocate without end."""
    if os.fork() == 0:
        hoard()
    time.sleep(3600)


def files() -> None:
    """Let the process open no more files, for good."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def error() -> None:
    raise LookupError("no such thing")


FAULTS = {
    "well": lambda: None,
    "nap": lambda: time.sleep(3.0),
    "sleep": lambda: time.sleep(3600),
    "loop": loop,
    "busy": busy,
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hoard": hoard,
    "files": files,
    "error": error,
    "exit": lambda: sys.exit(3),
    "os_exit": lambda: os._exit(3),
    "later": later,
    "timer": timer,
    "grow": grow,
    "pool": pool,
    "fork": fork,
    "daemon": daemon,
    "command": command,
    "threads": threads,
    "holding": holding,
    "family": family,
    "hungry": hungry,
}


class WorkerFaultStrategy(Strategy):
    """Does its fault at the first event."""

    def __init__(self, config: WorkerFaultStrategyConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.count = 0

    def on_start(self) -> None:
        self.subscribe_quotes(InstrumentId.from_str("SPY.ARCA"))

    def on_quote(self, quote: object) -> None:
        self.count += 1
        if self.count != 1:
            return
        time.sleep(self.cfg.pause)
        if self.cfg.buys:
            spy, shares = InstrumentId.from_str("SPY.ARCA"), Quantity(self.cfg.buys, 0)
            self.submit_order(self.order_factory.market(spy, OrderSide.BUY, shares))
        if self.cfg.marker:
            if Path(self.cfg.marker).exists():
                return
            Path(self.cfg.marker).touch()
        if self.cfg.error_every and self.cfg.buys % self.cfg.error_every == 0:
            error()
        if self.cfg.begun:
            Path(self.cfg.begun).touch()
        sys.stderr.write(f"about to do: {self.cfg.how}\n")
        sys.stderr.flush()
        FAULTS[self.cfg.how]()
