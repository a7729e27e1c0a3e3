"""Every style in which people write a strategy's config, and strategies that take them."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, NamedTuple, Self

from nautilus_trader.model import (
    BarType,
    Currency,
    InstrumentId,
    Money,
    OmsType,
    OrderSide,
    Price,
    Quantity,
    Venue,
)
from nautilus_trader.trading import Strategy, StrategyConfig
from pydantic import BaseModel, ConfigDict, field_validator


class Mode(Enum):
    """A plain enum."""

    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True)
class Leg:
    """A nested dataclass."""

    strike: Decimal
    side: OrderSide = OrderSide.BUY


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """The recommended style, with a field of every type that plain data can give."""

    threshold: float
    size: int = 1
    label: str = "a"
    enabled: bool = False
    instrument_id: InstrumentId | None = None
    bar_type: BarType | None = None
    fee: Decimal = Decimal(0)
    quantity: Quantity | None = None
    price: Price | None = None
    money: Money | None = None
    currency: Currency | None = None
    venue: Venue | None = None
    oms: OmsType = OmsType.NETTING
    mode: Mode = Mode.SLOW
    kind: Literal["a", "b"] = "a"
    wait: timedelta = timedelta(seconds=1)
    since: datetime | None = None
    day: date | None = None
    at: time = time(15)
    legs: tuple[Leg, ...] = ()
    weights: dict[str, float] = field(default_factory=dict[str, float])
    pair: tuple[int, float] = (1, 1.0)
    names: list[InstrumentId] = field(default_factory=list[InstrumentId])
    either: int | str = 0
    anything: Any = None


class Pydantic(BaseModel):
    """A pydantic model that forbids what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    threshold: float
    size: int = 1
    instrument_id: InstrumentId | None = None

    @field_validator("size")
    @classmethod
    def positive(cls, value: int) -> int:
        if value <= 0:
            raise ValueError("must be positive")
        return value


class Lenient(BaseModel):
    """A pydantic model that ignores what it does not know."""

    threshold: float = 1.0


class Plain:
    """Written by hand."""

    def __init__(self, threshold: float, size: int = 1, instrument_id: InstrumentId | None = None) -> None:
        self.threshold, self.size, self.instrument_id = threshold, size, instrument_id


class Untyped:
    """Written by hand, without types."""

    def __init__(self, threshold, size=1):
        self.threshold, self.size = threshold, size


class Swallower:
    """Takes any keyword and keeps only one."""

    def __init__(self, threshold: float = 1.0, **_others: Any) -> None:
        self.threshold = threshold


class Changer:
    """Changes what it is given."""

    def __init__(self, threshold: float = 1.0) -> None:
        self.threshold = min(threshold, 50.0)


class Hider:
    """Keeps its value under another name."""

    def __init__(self, threshold: float = 1.0) -> None:
        self._threshold = threshold


class Tuple(NamedTuple):
    """A named tuple."""

    threshold: float
    size: int = 1


class Native(StrategyConfig):
    """The engine's own way: both `__new__` and `__init__`."""

    def __new__(cls, threshold: float, size: int = 1, **kwargs: Any) -> Self:
        return super().__new__(cls, **kwargs)

    def __init__(self, threshold: float, size: int = 1, **_kwargs: Any) -> None:
        self.threshold, self.size = threshold, size


class Annotated(StrategyConfig):
    """The idiom of NautilusTrader 1: version 2 drops every value without a word."""

    threshold: float = 65.0


class TakesConfig(Strategy):
    """Passes its config on to the engine."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.cfg = config


class TakesNone(Strategy):
    """Keeps its config to itself."""

    def __init__(self, config: Any) -> None:
        super().__init__(None)
        self.cfg = config


class NoConfig(Strategy):
    """Needs no config."""


class WithBase(TakesNone):
    """Inherits its constructor."""
