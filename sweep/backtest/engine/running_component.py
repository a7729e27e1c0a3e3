"""A component in the engine of a run: its object, its clock and its state."""

from dataclasses import dataclass
from typing import Any

from nautilus_trader.common import ComponentState

from sweep.backtest.engine.guards import require_nothing_hidden
from sweep.backtest.setup.components import Component
from sweep.errors import Reason, TrialError


@dataclass(frozen=True, slots=True)
class RunningComponent:
    """A component and its object in the engine."""

    component: Component
    made: Any

    @property
    def clock(self) -> Any:
        """Clock of the component, at the event time."""
        return self.made.clock

    def alarms(self) -> list[int]:
        """Times at which its timers are due, nanoseconds."""
        names = self.clock.timer_names()
        return [t for name in names if (t := self.clock.next_time_ns(name)) is not None]

    def require_stopped(self) -> None:
        """Raise where it hides one of the engine's attributes, or has not ended as it should."""
        require_nothing_hidden(self.made, self.component.noun)
        state = self.made.state
        state = state() if callable(state) else state
        if state != ComponentState.STOPPED:
            name = str(state).rpartition(".")[2]
            raise TrialError(Reason.GUARD, f"{self.component.noun} ended in state {name}, not STOPPED")
