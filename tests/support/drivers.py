"""`sweep` as a process of its own, which a test may kill, and whatever it leaves running."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.trial import State

ROOT = Path(__file__).parents[2]
PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
MARK = "SWEEP_STARTED_BY_TEST"  # an environment variable: every process that comes of the driver inherits it


class Driver:
    """One `sweep` command on its way."""

    def __init__(self, *arguments: object, prefix: tuple[str, ...] = ()) -> None:
        adopt()
        self.mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "sweep", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=ROOT,
            env=os.environ | {MARK: self.mark, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def send(self, number: int, *, group: bool = False) -> None:
        """Send a signal to the driver, or to its process group as a terminal does."""
        (os.killpg if group else os.kill)(self.process.pid, number)

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self, timeout: float = 100) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        out, err = self.process.communicate(timeout=timeout)
        return self.process.returncode, out, err

    def until(self, condition: Callable[[], object], timeout: float = 100) -> None:
        """Wait for the condition, which must come while the driver runs."""
        deadline = time.monotonic() + timeout
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(self.end())
            time.sleep(0.01)

    def left(self) -> list[str]:
        """The command lines of the processes that came of it and live."""
        return left_by(self.mark)

    def is_alone(self, timeout: float = 90) -> bool:
        """True if no process that it started is alive any more, after a while."""
        deadline = time.monotonic() + timeout
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.2)
        return not self.left()


def adopt() -> None:
    """Become the parent of orphans, as an init process is: some containers have none that reaps the dead."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """Bury Ray's dead processes that fell to us; its agents wait for that before they end."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, name, state, parent, *_ = stat.read_text().replace("(", "").replace(")", "").split()
            if (name, state, parent) in {(n, "Z", str(os.getpid())) for n in ("raylet", "gcs_server")}:
                os.waitpid(int(pid), os.WNOHANG)


def left_by(mark: str) -> list[str]:
    """The command lines of the living processes with this mark in their environment."""
    reap()
    commands: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes():
                commands.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it ended, or is not ours
    return commands


def rows(runs: Path) -> dict[int, Row]:
    """The trials of the only sweep below a runs directory, as they are in its ledger now; none before it exists."""
    ledgers = list(runs.glob("*/ledger.sqlite"))
    if not ledgers:
        return {}
    try:
        with Ledger.open(ledgers[0]) as ledger:
            return {row.number: row for row in ledger.rows()}
    except Exception:  # noqa: BLE001 (it is just being made)
        return {}


def complete(runs: Path) -> dict[int, Row]:
    return {number: row for number, row in rows(runs).items() if row.state is State.COMPLETE}


def only(runs: Path) -> Folder:
    (path,) = runs.glob("*/ledger.sqlite")
    return Folder(path.parent)


SIGKILL, SIGTERM, SIGINT = signal.SIGKILL, signal.SIGTERM, signal.SIGINT
