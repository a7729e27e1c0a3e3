"""Ray for this process alone, on this machine: without the daemons that only clusters, dashboards and logs need.

They cost `ray.init` a third of its CPU time, and the workers wait until the dashboard has been imported. Ray has no
option for it, so its class of a node is replaced while it starts; should a later Ray not ask that class any more, they
run as before.
"""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUntypedBaseClass=false

import sys
from collections.abc import Generator
from contextlib import contextmanager

from ray._private import node


class Lean(node.Node):
    """The only node of a cluster that nobody joins and nobody looks at."""

    def start_monitor(self) -> None:
        """Not started: it would add machines."""

    def start_log_monitor(self) -> None:
        """Not started: it would show what workers print (`log_to_driver`)."""

    def start_api_server(self, **_: object) -> None:
        """Not started: the dashboard, which imports itself also when it is left out."""
        self._webui_url = None


@contextmanager
def lean() -> Generator[None]:
    """Inside, `ray.init` starts a node without them."""
    names = vars(sys.modules[node.__name__])
    whole = names["Node"]
    names["Node"] = Lean
    try:
        yield
    finally:
        names["Node"] = whole
