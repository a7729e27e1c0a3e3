"""Starter of a worker: asks the fork server for one, and is Ray's own program where none answers.

Run as a script by the raylet in place of Ray's program, with its arguments. The worker that is forked tells the raylet
its own process id, as one that is started in a container does. Nothing but the standard library is imported.
"""

import json
import os
import socket
import sys

SERVER = "SWEEP_FORK_SERVER"  # path of its socket
PROGRAM = "SWEEP_WORKER_PROGRAM"  # path of Ray's program
PATIENCE = 30.0  # seconds for an answer: the raylet gives up a worker after 60


def main() -> None:
    """Hand this process over, or become the worker."""
    server, program = os.environ.pop(SERVER), os.environ.pop(PROGRAM)
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(server)
            request = {
                "program": program, "arguments": sys.argv[1:], "environment": dict(os.environ),
                "directory": os.getcwd(),  # noqa: PTH109 (every import costs each worker)
            }  # fmt: skip
            content = json.dumps(request).encode()
            asking.sendall(content[socket.send_fds(asking, [content], [0, 1, 2]) :])
            asking.shutdown(socket.SHUT_WR)
            if _is_taken(asking):
                return
    except OSError:
        pass
    os.execv(sys.executable, [sys.executable, program, *sys.argv[1:]])  # noqa: S606 (no shell is wanted)


def _is_taken(asking: socket.socket) -> bool:
    """True if the fork server makes the worker. One that has not said so in time (it is stopped) is kept from it."""
    asking.settimeout(PATIENCE)
    try:
        return bool(asking.recv(1))
    except TimeoutError:
        asking.shutdown(socket.SHUT_RD)  # it cannot answer any more; it may have in this moment
        return bool(asking.recv(1))


if __name__ == "__main__":
    main()
