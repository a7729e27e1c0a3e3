"""Fork server of the workers of this machine: it imports the engine, this package and Ray once, and then copies itself.

Run as a script by the driver (fork_server_handle.py), so that no worker has anything of the driver. Its standard input
is a socket: over it comes the socket on which the workers' starters (forked_worker.py) ask, and its end is the end of
this process. A copy takes arguments, environment, working directory and standard streams of its starter, and goes on as
Ray's own program of a worker.

Ray reads the numbers of its raylet and its job as it is imported, so it is imported when the first starter tells them.
Workers that were started before the job have none, as any later copy of them: the node has one job alone.
"""

import gc

if __name__ == "__main__":
    gc.disable()  # what is imported stays

import json
import os
import runpy
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

STREAMS = 3  # standard ones
MOST = 2**20  # bytes of a request
TRIALS = (
    "sweep.executors.worker.run_trial",
    "sweep.backtest.engine.backtest_run",
    "sweep.backtest.shared.shared_run",
)
LIBRARIES = ("google.protobuf.json_format", "jsonschema", "psutil", "requests", "yaml")  # that Ray imports
RAY = ("sweep.executors.ray.task",)
RAYLET = "RAY_RAYLET_PID"  # Ray keeps it, and the job, as they were at its import


def main() -> None:
    """Import, then serve until the driver has ended."""
    if not sys.flags.safe_path:
        del sys.path[0]  # of this file: workers have that of Ray's program
    _load(TRIALS)
    for library in LIBRARIES:
        with suppress(ImportError):
            import_module(library)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the copies
    with socket.socket(fileno=0) as driver:
        message, files, _, _ = socket.recv_fds(driver, 1, 1)
        if message:
            with socket.socket(fileno=files[0]) as server:
                _serve(driver, server)


def _load(modules: tuple[str, ...]) -> None:
    """Import modules, those of this package from where this file is, wherever workers find it."""
    root = str(Path(__file__).parents[3])
    sys.path.insert(0, root)
    for module in modules:
        import_module(module)
    sys.path.remove(root)
    gc.freeze()  # copies need not look through it, which would also copy its pages


def _serve(driver: socket.socket, server: socket.socket) -> None:
    raylet = ""
    while True:
        ready, _, _ = select.select([driver, server], [], [])
        if driver in ready:
            return
        with server.accept()[0] as starter:
            request, streams = _request(starter)
            if request and not raylet:
                _take(request)
                raylet = os.environ[RAYLET]
                _load_ray(request["program"])
            if request and request["environment"][RAYLET] == raylet and _take_over(starter) and not os.fork():
                for connection in (driver, server, starter):
                    connection.close()
                _become(request, streams)
            for stream in streams:
                os.close(stream)


def _load_ray(program: str) -> None:
    if not sys.flags.safe_path:
        sys.path.insert(0, str(Path(program).parent))
    runpy.run_path(program)  # as a module it only imports
    _load(RAY)


def _request(starter: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Request of a starter, and its standard streams; nothing of one that has ended, also in the middle of it."""
    content, streams = b"", list[int]()
    with suppress(OSError, ValueError):
        content, streams, _, _ = socket.recv_fds(starter, MOST, STREAMS)
        while content and (more := starter.recv(MOST)):
            content += more
        return json.loads(content), streams
    return {}, streams


def _take_over(starter: socket.socket) -> bool:
    """Tell a starter to end; False if it has ended, or does not wait any more and is the worker itself."""
    with suppress(OSError):
        return starter.send(b"\n") == 1
    return False


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Go on as a worker of Ray; never returns."""
    os.setpgid(0, 0)  # the raylet ends the group of a worker that died
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _take(request)
    sys.argv[:] = [request["program"], *request["arguments"]]
    gc.enable()
    runpy.run_path(request["program"], run_name="__main__")
    sys.exit(0)


def _take(request: dict[str, Any]) -> None:
    """Have directory and environment of a starter."""
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])


if __name__ == "__main__":
    main()
