"""Engine of a run and its components, built from its setup."""

import threading
import traceback
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig

from sweep.backtest.engine.error_log import error_log
from sweep.backtest.engine.guards import Guard, GuardTripped, require_nothing_hidden, user_line
from sweep.backtest.setup.components import Component
from sweep.common.import_tricks import hidden_package
from sweep.errors import Reason, TrialError, described

NO_SETTINGS: Mapping[str, Any] = {}
_engine = threading.Lock()


@contextmanager
def only_engine() -> Generator[None]:
    """Hold the process's one place for an engine."""
    if not _engine.acquire(blocking=False):
        raise TrialError(
            Reason.GUARD, "a backtest is already running in this process; run others in their own processes"
        )
    try:
        yield
    finally:
        _engine.release()


def build_engine(
    venues: Sequence[Mapping[str, Any]], instruments: Sequence[Any], settings: Mapping[str, Any] = NO_SETTINGS
) -> BacktestEngine:
    """An engine with its venues and instruments. Raises TrialError where they do not go together.

    `settings` are configs of its parts, and of its controller.
    """
    own: dict[str, Any] = {"logging": error_log().config(), "shutdown_on_error": True, "run_analysis": False}
    try:
        with hidden_package("pandas"):  # the engine would import it to log its version
            engine = BacktestEngine(BacktestEngineConfig(**settings, **own))
        error_log().hide()
    except Exception as error:  # a controller's constructor, or a setting
        message = f"the engine could not be built: {error}"
        raise TrialError(Reason.PARAMETERS, message, traceback.format_exc()) from error
    try:
        for venue in venues:
            engine.add_venue(**venue)
        for instrument in instruments:
            engine.add_instrument(instrument)
    except Exception as error:  # the engine refuses what does not go together
        engine.dispose()
        raise TrialError(Reason.PARAMETERS, f"the engine refused the venue: {error}") from error
    return engine


def add_component(engine: BacktestEngine, guard: Guard, component: Component, kind: type[Any] | None) -> Any:
    """Construct a component as an object of `kind` and add it to the engine, which is disposed of where that fails.

    Of one of the engine's own there is no object.
    """
    try:
        if component.native:
            getattr(engine, component.role.add_native)(component.native.type_name, *component.arguments)
            return None
        with guard.constructing():
            instance = component.construct(kind or component.kind)
        require_nothing_hidden(instance, component.noun)
        getattr(engine, component.role.add)(instance)
    except (GuardTripped, TrialError):
        engine.dispose()
        guard.settle()
        raise
    except Exception as error:  # user code
        engine.dispose()
        name = component.kind.__name__ if component.is_alone else f"{component.where} ({component.kind.__name__})"
        message = f"{name} could not be constructed: {described(error)}{user_line(error)}"
        raise TrialError(Reason.PARAMETERS, message, traceback.format_exc()) from error
    return instance
