"""Parts of Ray without a public interface that trials and clusters need, as of Ray 2.60: all that is used are here.

Ray's class of a node: a local `ray.init` starts daemons that only clusters, dashboards and logs need. They cost a third
of its CPU time, and workers wait until the dashboard and the raylet's agents have been imported. Ray has no option to
leave them out. So the class is replaced while it starts, and the programs of the agents, without which a raylet does
not begin, by a stub. If a later Ray does not ask for these names, all daemons run as before.

The program of a worker: each would import Ray and the engine anew, a second of CPU time; a fork server of ours imports
them once (fork_server.py).

Ray's cache of its token: a node of this machine has one of its own, whatever this process has used before.

Ray's messages about dead workers on stdout, which is for results: `log_to_driver=False` does not cover them.

Free resources of each machine: `ray.available_resources` has the sum over the cluster only, and the state API needs the
dashboard. Headers with the cluster's token: Ray's public clients add them, but wait minutes for an address that does
not answer.

tests/executors/ray/test_private.py fails when Ray moves one of these names.
"""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUntypedBaseClass=false

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ray import _raylet
from ray._private import node, ray_constants, services, utils

from sweep.common.import_tricks import patched
from sweep.executors.ray import agent_stub
from sweep.executors.ray.fork_server_handle import fork_server

AGENTS = {ray_constants.PROCESS_TYPE_DASHBOARD_AGENT, ray_constants.PROCESS_TYPE_RUNTIME_ENV_AGENT}


class MinimalNode(node.Node):
    """The only node of a cluster that nobody joins and nobody looks at."""

    def start_monitor(self) -> None:
        """Not started: it would add machines."""

    def start_log_monitor(self) -> None:
        """Not started: it would show what workers print (`log_to_driver`)."""

    def start_api_server(self, **_: object) -> None:
        """Not started: the dashboard, which imports itself also when it is left out."""
        self._webui_url = None

    def start_raylet(self, *args: Any, **options: Any) -> None:
        """Started with agents that stand in for Ray's own, and with workers that a fork server makes."""
        name = "_build_python_executable_command_memory_profileable"
        build = vars(services).get(name)

        def command(component: str, *args: Any, **options: Any) -> list[str]:
            if component in AGENTS:
                return [sys.executable, "-S", "-E", agent_stub.__file__]
            return build(component, *args, **options) if build else []

        settings: Any = self._ray_params
        own = Path(settings.temp_dir).parent  # directory of this user alone
        # whether a dashboard could run it finds out by importing what that needs
        with (
            patched(services, name, command),
            patched(utils, "get_dashboard_dependency_error", ImportError),
            fork_server.serving(own, settings.worker_path) as settings.worker_path,
        ):
            super().start_raylet(*args, **options)


@contextmanager
def minimal_node() -> Generator[None]:
    """Inside, `ray.init` starts a node without them, which stays on the loopback interface if it is told so."""
    with patched(node, "Node", MinimalNode), patched(services, "resolve_ip_for_localhost", str):
        yield


def ended_process() -> str:
    """Name of a process of our own node that has ended, which none does before `ray.shutdown`; "" if none has."""
    own: Any = vars(sys.modules["ray._private.worker"])["_global_node"]
    for name, processes in (own.all_processes if own else {}).items():
        if any(process.process.poll() is not None for process in processes):
            return name
    return ""


def refresh_authentication() -> None:
    """Let Ray read the mode of authentication and the token from the environment again: it reads them once."""
    vars(_raylet)["Config"].initialize("")
    vars(_raylet)["AuthenticationTokenLoader"].instance().reset_cache()


def silence_worker_messages() -> None:
    """Keep Ray's remarks about dead workers off stdout, which is for results: the ledger says why they died."""

    def silent(*_: object, **__: object) -> None: ...

    vars(sys.modules["ray._private.worker"])["print_to_stdstream"] = silent


def free_resources() -> Mapping[str, Mapping[str, float]]:
    """Return the free resources of each machine, by node id."""
    from ray._private.state import available_resources_per_node

    free: dict[str, dict[str, float]] = available_resources_per_node()
    return free


def token_headers() -> dict[str, str]:
    """Return the headers that carry the token of the environment; {} without one."""
    from ray._private.authentication.http_token_authentication import get_auth_headers_if_auth_enabled

    return get_auth_headers_if_auth_enabled({})
