"""Handle of the process that mirrors a sweep to MLflow beside the driver. Never raises because of MLflow."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from sweep.errors import SweepError
from sweep.ledger.run_directory import Folder
from sweep.tracking.base import MirrorReport, Watch
from sweep.tracking.tracking_uri import TrackingStore

URI = "SWEEP_MIRROR_URI"  # address of the store: other users see command lines, but no environment
LOG = "mirror.log"  # in the sweep's folder: what went wrong with MLflow, and when
LOOK = 0.5  # seconds between looks at the progress
STILL = 300.0  # seconds without work and progress, longer than MLflow may take to answer, after which it is ended


class MirrorHandle:
    """A process that mirrors a sweep while it runs."""

    def __init__(self, folder: Folder, process: subprocess.Popen[bytes] | None, error: str = "") -> None:
        self._folder, self._process, self._error = folder, process, error

    @classmethod
    def start(cls, run_dir: Path, uri: str, *, waits: bool = False) -> Self:
        """Begin to mirror a sweep whose ledger exists. The process ends with `finish`, or when this process ends.

        One that `waits` loads MLflow and touches nothing before `go`.
        """
        return cls.begin(run_dir, uri, "--follow", *(["--wait"] if waits else []))

    @classmethod
    def begin(cls, run_dir: Path, uri: str, *flags: str) -> Self:
        """Start the process with these flags."""
        folder = Folder(run_dir.resolve())
        command = [
            sys.executable,
            "-m",
            "sweep.tracking.mlflow.mirror_process",
            str(folder.path),
            *flags,
        ]
        environment = os.environ | {URI: TrackingStore.at(uri).uri}
        try:
            with (folder.path / LOG).open("wb") as log:
                process = subprocess.Popen(
                    command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log,
                    start_new_session=True,  # Ctrl-C is for the driver
                )  # fmt: skip
        except OSError as error:
            return cls(folder, None, f"the mirror could not start: {error}")
        return cls(folder, process)

    @property
    def pid(self) -> int | None:
        """The process, where it could be started."""
        return self._process.pid if self._process else None

    def go(self) -> None:
        """Let a mirror begin that waits."""
        self._tell()

    def settle(self) -> None:
        """Say that all trials have ended: the tearsheets of the best can be drawn while the rest is concluded."""
        self._tell()

    def _tell(self) -> None:
        if self._process and self._process.stdin:
            with suppress(OSError):  # it is dead, which `finish` reports
                self._process.stdin.write(b".")
                self._process.stdin.flush()

    def finish(self, timeout: float | None = None, watch: Watch = lambda _: None) -> MirrorReport:
        """Say that no more trials come, and wait up to `timeout` seconds until MLflow holds all of them.

        A mirror that is not done by then goes on by itself. It gives up when MLflow stays out of reach, and is ended
        where it cannot: a process that is stopped, or that a disk does not answer.
        """
        if self._process is None:
            return self.report(self._error)
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        deadline = time.monotonic() + timeout if timeout is not None else float("inf")
        still, before = 0.0, (0, "")
        while (left := deadline - time.monotonic()) > 0:
            try:
                code = self._process.wait(min(LOOK, left))
            except subprocess.TimeoutExpired:
                watch(report := self.report())
                now = report.left, _work(self._process.pid)
                still, before = (still + LOOK if now == before else 0.0), now  # a pause of the machine is one look
                if still >= STILL:
                    self._process.kill()
                    self._process.wait()
                    return self.report(f"the mirror's process stood still for {STILL:g} s, and was ended")
            else:
                return self.report(self._last_words() if code else "")
        return self.report()

    def _last_words(self) -> str:
        lines = (self._folder.path / LOG).read_text(errors="replace").splitlines()
        return lines[-1] if lines else f"the mirror ended with status {self._process and self._process.returncode}"

    def report(self, error: str = "") -> MirrorReport:
        """Return the progress."""
        try:
            with self._folder.open() as ledger:
                ended, left = ledger.standing()
        except SweepError as unreadable:
            return MirrorReport(0, 0, error or str(unreadable))
        return MirrorReport(ended - left, left, error)


def _work(pid: int) -> str:
    """CPU time that a process has used, in the kernel's words; "" where it has ended."""
    try:
        return " ".join(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13])
    except OSError:
        return ""
