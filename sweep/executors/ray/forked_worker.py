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
            if asking.recv(1):
                return
    except OSError:
        pass
    os.execv(sys.executable, [sys.executable, program, *sys.argv[1:]])  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main()
