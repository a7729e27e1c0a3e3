"""Ray for this process alone, on this machine: without the daemons that only clusters, dashboards and logs need.

They cost `ray.init` a third of its CPU time, and the workers wait until the dashboard and the raylet's agents have
been imported. Ray has no option for it, so its class of a node is replaced while it starts, and the programs of the
agents, without which a raylet does not begin, by one that costs nothing; should a later Ray not ask for these any more,
all of them run as before.
"""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUntypedBaseClass=false

import sys
from contextlib import AbstractContextManager
from typing import Any

from ray._private import node, ray_constants, services, utils

from sweep.common.import_tricks import replaced
from sweep.executors.ray import agent_stub

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
        """Started with agents that stand in for Ray's own."""
        name = "_build_python_executable_command_memory_profileable"
        build = vars(services).get(name)

        def command(component: str, *args: Any, **options: Any) -> list[str]:
            if component in AGENTS:
                return [sys.executable, "-S", "-E", agent_stub.__file__]
            return build(component, *args, **options) if build else []

        # whether a dashboard could run it finds out by importing what that needs
        with replaced(services, name, command), replaced(utils, "get_dashboard_dependency_error", ImportError):
            super().start_raylet(*args, **options)


def lean() -> AbstractContextManager[None]:
    """Inside, `ray.init` starts a node without them."""
    return replaced(node, "Node", MinimalNode)
