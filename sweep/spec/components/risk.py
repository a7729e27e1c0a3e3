"""Section `risk` of a spec: limits at which a trial stops trading."""

import re
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from sweep.common.json_values import is_mapping
from sweep.spec.sections import Section

OF_THE_MACHINE = ("localtime", "posixrules")  # time zones that are others on another machine
NOTHING_NEW = ("max_trades_per_day",)  # limits that end entries only, whatever `then` is


def share(value: Any) -> Any:
    """A share of the equity between 0 and 1: 0.1, or `10 %`."""
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)):
        value = float(match[1]) / 100
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1:
        raise ValueError("must be a share of the equity such as 10 % or 0.1")
    return float(value)


def clock(value: Any) -> Any:
    """A time of day with its time zone, `15:45 America/New_York`, as text."""
    try:
        moment_of_day(value)
    except (AttributeError, TypeError, ValueError, KeyError, OSError):
        raise ValueError("must be a time and its time zone such as 15:45 America/New_York") from None
    return value


def moment_of_day(text: str) -> tuple[time, ZoneInfo]:
    """Time and time zone of `15:45 America/New_York`."""
    hour, zone = text.split()
    moment = time.fromisoformat(hour)
    if moment.tzinfo or zone in OF_THE_MACHINE:
        raise ValueError(text)
    return moment, ZoneInfo(zone)


type Share = Annotated[
    float, BeforeValidator(share), Field(json_schema_extra={"type": ["string", "number"], "examples": ["10 %", 0.1]})
]
type Amount = Annotated[float, Field(gt=0)]
type Amounts = Annotated[
    Annotated[Amount, Tag("(one)")] | Annotated[dict[str, Amount], Tag("(several)")],
    Discriminator(lambda value: "(several)" if is_mapping(value) else "(one)"),
]


class RiskLimits(Section):
    """Limits of one strategy, or of all together. They are checked at each quote, trade and bar of the data."""

    max_drawdown: Share | None = Field(
        default=None, description="fall of the marked equity from its highest mark, as a share of that: 10 %"
    )
    daily_loss: Share | None = Field(
        default=None, description="fall of the marked equity from the end of the day before, as a share of that: 2 %"
    )
    max_trades_per_day: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="positions opened in a trading day; then no more are opened that day"
    )
    max_position: Amounts | None = Field(
        default=None,
        description="largest position in units, in each instrument or by instrument id; orders beyond it are refused",
    )
    stop_trading_at: Annotated[str, BeforeValidator(clock)] | None = Field(
        default=None, description="time of day at which trading ends for the day: 15:45 America/New_York"
    )
    then: Literal["flatten", "halt"] = Field(
        default="flatten",
        description="flatten: cancel what rests and close what is open; halt: no new positions, exits go on",
    )
    until: Literal["next_day", "end"] | None = Field(
        default=None,
        description="duration: by default max_drawdown to the end, daily_loss and stop_trading_at to the next day",
    )

    @property
    def is_empty(self) -> bool:
        """True if nothing is limited."""
        kinds = (self.max_drawdown, self.daily_loss, self.max_trades_per_day, self.max_position, self.stop_trading_at)
        return not any(kinds)


class RiskRules(RiskLimits):
    """Limits of the whole backtest, and of single strategies by name."""

    strategies: dict[str, RiskLimits] = Field(
        default_factory=dict[str, RiskLimits], description="further limits of single strategies, by their names"
    )

    @model_validator(mode="after")
    def _limits_something(self) -> "RiskRules":
        if self.is_empty and all(limits.is_empty for limits in self.strategies.values()):
            raise ValueError(
                "limits nothing: write max_drawdown, daily_loss, max_trades_per_day, max_position or stop_trading_at"
            )
        return self
