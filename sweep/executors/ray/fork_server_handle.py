"""Handle of the fork server of this process's workers (fork_server.py). Without one, Ray starts each worker anew."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from sweep.common.same_hashes import SAME_HASHES
from sweep.executors.ray import forked_worker

PROGRAM = Path(__file__).with_name("fork_server.py")
SOCKET = "f"  # in the directory of the node, which is the user's alone


class ForkServer:
    """A process from `begin` to `end`; it ends with this process, too."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def begin(self) -> None:
        """Start it, if it does not run, so that it imports while the driver does."""
        if self._process and self._process.poll() is None:
            return
        self.end()
        with suppress(OSError):  # without it workers start all the same
            self._control, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, str(PROGRAM)], stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    env=os.environ | SAME_HASHES, start_new_session=True,  # Ctrl-C is for the driver
                )  # fmt: skip

    @contextmanager
    def serving(self, place: Path, program: str) -> Generator[str]:
        """Have it listen in a directory; inside, a raylet that is started learns of it. The program for a raylet.

        `program` is Ray's own, which is returned where no fork server runs.
        """
        path = str(place / SOCKET)
        if not self._process or not self._control or not self._hand_over(path):
            yield program
            return
        settings = {forked_worker.SERVER: path, forked_worker.PROGRAM: program}
        os.environ.update(settings)
        try:
            yield forked_worker.__file__
        finally:
            for name in settings:
                os.environ.pop(name, None)

    def _hand_over(self, path: str) -> bool:
        """Open the socket and give it to the server: who connects before it has imported all waits."""
        if not self._control:
            return False
        try:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(path)
                server.listen(socket.SOMAXCONN)
                socket.send_fds(self._control, [b"\n"], [server.fileno()])
        except OSError:
            return False
        return True

    def end(self) -> None:
        """End it; workers go on."""
        if self._control:
            self._control.close()
        if self._process:
            self._process.kill()  # also where it is stopped, or still imports
            self._process.wait()
        self._process = self._control = None


fork_server = ForkServer()
