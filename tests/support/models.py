"""Models of a user's own."""

from typing import Any

from nautilus_trader.backtest import AccountAdjustmentOutcome, SimulationModule
from nautilus_trader.execution import FeeModel, FillModel
from nautilus_trader.model import Money

__all__ = ["AccountAdjustmentOutcome", "DollarFee", "NeverFilled", "Rent"]


class DollarFee(FeeModel):
    """So many dollars a fill."""

    def __init__(self, dollars: int) -> None:
        self.dollars = dollars

    def get_commission(self, *_args: Any) -> Money:
        return Money.from_str(f"{self.dollars} USD")


class NeverFilled(FillModel):
    """Fills no resting limit order and slips every order at market."""

    def is_limit_filled(self) -> bool:
        return False

    def is_slipped(self) -> bool:
        return True


class Rent(SimulationModule):
    """Takes so many dollars each time that it is asked."""

    def __init__(self, dollars: int) -> None:
        self.dollars = dollars

    def process(self, *_args: Any) -> list[Money]:
        return [Money.from_str(f"-{self.dollars} USD")]
