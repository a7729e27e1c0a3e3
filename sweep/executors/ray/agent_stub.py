"""Stub of Ray's two agents, for a raylet that rarely needs them.

The raylet begins when each agent has published its port, and ends when one of them ends. For the dashboard agent this
publishes no port. For the agent that prepares the environments of tasks it listens, and on the first connection
replaces itself by the real agent on the same port; the raylet connects again. Run as a script with nothing but the
standard library, with the real agent and its arguments.
"""

import os
import select
import socket
import sys
import time

NO_PORT = -1
POLL = 0.5  # seconds between checks of the raylet


def main() -> None:
    """Wait until the raylet has ended, or the first connection."""
    raylet, arguments = os.getppid(), sys.argv[1:]
    named = dict(word[2:].split("=", 1) for word in arguments if word.startswith("--") and "=" in word)
    if "runtime-env-agent-port" not in named:
        for name in ("metrics_agent", "metrics_export", "dashboard_agent_listen"):
            publish(named, name, NO_PORT)
        while os.getppid() == raylet:
            time.sleep(POLL)
        return
    with listener(named["node-ip-address"], int(named["runtime-env-agent-port"])) as server:
        port = server.getsockname()[1]
        publish(named, "runtime_env_agent", port)
        while os.getppid() == raylet:
            if select.select([server], [], [], POLL)[0]:
                break
    if os.getppid() == raylet:
        words = [f"--runtime-env-agent-port={port}" if "agent-port=" in word else word for word in arguments]
        os.execv(sys.executable, [sys.executable, "-u", *words])  # noqa: S606 (no shell is wanted)


def listener(address: str, port: int) -> socket.socket:
    """Open a socket as the real agent does."""
    family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    server = socket.socket(family, kind, protocol)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(place)
    server.listen()
    return server


def publish(named: dict[str, str], name: str, port: int) -> None:
    """Write a port to the file where Ray looks for it, atomically."""
    path = f"{named['session-dir']}/{name}_port_{named['node-id']}"
    with open(f"{path}.{os.getpid()}", "w") as file:  # noqa: PTH123 (every import costs)
        file.write(str(port))
    os.replace(f"{path}.{os.getpid()}", path)  # noqa: PTH105


if __name__ == "__main__":
    main()
