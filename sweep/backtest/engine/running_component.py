"""A component in the engine of a run: its object, its timers and its state."""

from dataclasses import dataclass
from typing import Any

from nautilus_trader.backtest import BacktestEngine
from nautilus_trader.common import ComponentState, DataActor

from sweep.backtest.engine.guards import require_nothing_hidden
from sweep.backtest.setup.components import Component
from sweep.backtest.setup.native_components import strategy_id
from sweep.errors import Reason, TrialError

ENDED = {ComponentState.STOPPED}
CONTROLLED = ENDED | {ComponentState.DISPOSED, ComponentState.READY}  # removed, or never started


@dataclass(frozen=True, slots=True)
class RunningComponent:
    """A component and its object in the engine; None for one of the engine's own."""

    component: Component
    instance: Any

    @property
    def strategy_id(self) -> str:
        """Id of a strategy, which its orders and positions carry; "" for another component."""
        if self.component.native:
            return strategy_id(self.component.arguments[0]) if self.component.is_strategy else ""
        return str(self.instance.strategy_id) if self.component.is_strategy else ""

    def alarms(self) -> list[int]:
        """Times at which its timers are due, nanoseconds; those of the engine's own components are not known."""
        if self.instance is None:
            return []
        clock = self.instance.clock
        return [t for name in clock.timer_names() if (t := clock.next_time_ns(name)) is not None]

    def require_stopped(self) -> None:
        """Raise where it hides one of the engine's attributes, or has not ended as it should."""
        if self.instance is None:
            return
        require_nothing_hidden(self.instance, self.component.noun)
        state = self.instance.state
        state = state() if callable(state) else state
        if state not in (CONTROLLED if self.component.is_controlled else ENDED):
            name = str(state).rpartition(".")[2]
            raise TrialError(Reason.GUARD, f"{self.component.noun} ended in state {name}, not STOPPED")


def own_clock(engine: BacktestEngine) -> Any:
    """A clock of the engine where no component has one in Python."""
    timekeeper = DataActor()
    engine.add_actor(timekeeper)
    return timekeeper.clock
