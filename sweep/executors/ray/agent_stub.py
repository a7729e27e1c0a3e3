"""Stands where Ray starts its two agents, beside a raylet that has no use for them.

The raylet begins when each agent has said where it listens, and ends when one of them does. This says "nowhere" for
the agent that serves a dashboard. For the one that prepares the environments of tasks it listens, and at the first
knock becomes the real one, on the same port: the raylet asks again. Run as a script with nothing but the standard
library, with the real agent and its arguments.
"""

import os
import select
import socket
import sys
import time

NOWHERE = -1
LOOK = 0.5  # seconds between looks at the raylet


def main() -> None:
    """Until the raylet is gone, or somebody knocks."""
    raylet, given = os.getppid(), sys.argv[1:]
    named = dict(word[2:].split("=", 1) for word in given if word.startswith("--") and "=" in word)
    if "runtime-env-agent-port" not in named:
        for name in ("metrics_agent", "metrics_export", "dashboard_agent_listen"):
            tell(named, name, NOWHERE)
        while os.getppid() == raylet:
            time.sleep(LOOK)
        return
    with listener(named["node-ip-address"], int(named["runtime-env-agent-port"])) as door:
        port = door.getsockname()[1]
        tell(named, "runtime_env_agent", port)
        while os.getppid() == raylet:
            if select.select([door], [], [], LOOK)[0]:
                break
    if os.getppid() == raylet:
        words = [f"--runtime-env-agent-port={port}" if "agent-port=" in word else word for word in given]
        os.execv(sys.executable, [sys.executable, "-u", *words])  # noqa: S606 (no shell is wanted)


def listener(address: str, port: int) -> socket.socket:
    """A socket as the real agent opens it."""
    family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    door = socket.socket(family, kind, protocol)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(place)
    door.listen()
    return door


def tell(named: dict[str, str], name: str, port: int) -> None:
    """Leave a port where Ray looks for it, whole or not at all."""
    path = f"{named['session-dir']}/{name}_port_{named['node-id']}"
    with open(f"{path}.{os.getpid()}", "w") as file:  # noqa: PTH123 (every import costs)
        file.write(str(port))
    os.replace(f"{path}.{os.getpid()}", path)  # noqa: PTH105


if __name__ == "__main__":
    main()
