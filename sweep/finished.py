"""The record that a metric of the user's own receives, under the import path of earlier versions."""

from sweep.backtest.records import BacktestRecord as Finished
from sweep.backtest.records import Balance, Day, Fill, Order, Position

__all__ = ["Balance", "Day", "Fill", "Finished", "Order", "Position"]
