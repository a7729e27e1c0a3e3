"""Metrics of a user's own."""

from sweep.backtest.records import BacktestRecord


def fills_per_day(trial: BacktestRecord, factor: float = 1.0) -> float:
    return factor * len(trial.fills) / len(trial.days)


def twice_the_fees(trial: BacktestRecord) -> float:
    return 2 * (trial.figures["fees"] or 0.0)


def failing(_trial: BacktestRecord) -> float:
    raise ZeroDivisionError("no trades")


def not_a_number(_trial: BacktestRecord) -> float:
    return float("nan")


def nothing(_trial: BacktestRecord) -> None:
    return None


def without_a_trial() -> float:
    return 0.0
