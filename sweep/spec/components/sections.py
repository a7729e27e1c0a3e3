"""The components of a backtest as frozen types: strategies, actors, execution algorithms, controller, engine."""

from typing import Annotated, Any

from pydantic import Field

from sweep.spec.sections import IMPORT_PATH, Section

NAME = r"^[A-Za-z_]\w*$"

type ImportPath = Annotated[str, Field(pattern=IMPORT_PATH)]


class Strategy(Section):
    """The strategy: a class by import path, or one of the engine's own (`sweep components`), and its parameters."""

    path: ImportPath | None = None
    config_path: ImportPath | None = Field(
        default=None, description="class of the config; without one, `config` holds arguments of the constructor"
    )
    native: str | None = Field(default=None, description="one of the engine's own instead of `path`, e.g. EmaCross")
    config: dict[str, Any] = Field(default_factory=dict[str, Any])


class Component(Strategy):
    """One of several strategies, actors or execution algorithms."""

    name: str = Field(default="", pattern=NAME, description="unique in its list; the name of its class by default")
    enabled: bool = Field(default=True, description="false leaves it out; may be a parameter")


class Controller(Section):
    """A controller, which starts and stops other components while the backtest runs."""

    path: ImportPath
    config_path: ImportPath | None = None
    config: dict[str, Any] = Field(default_factory=dict[str, Any])
    enabled: bool = True


class EngineSettings(Section):
    """Settings of the engine's parts, by the engine's own names (`sweep components`)."""

    cache: dict[str, Any] | None = None
    data_engine: dict[str, Any] | None = None
    risk_engine: dict[str, Any] | None = None
    exec_engine: dict[str, Any] | None = None
    portfolio: dict[str, Any] | None = None
