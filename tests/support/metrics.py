"""Metrics of a user's own."""

from sweep.backtest.records import Finished


def fills_per_day(trial: Finished, factor: float = 1.0) -> float:
    return factor * len(trial.fills) / len(trial.days)


def twice_the_fees(trial: Finished) -> float:
    return 2 * (trial.figures["fees"] or 0.0)


def failing(_trial: Finished) -> float:
    raise ZeroDivisionError("no trades")


def not_a_number(_trial: Finished) -> float:
    return float("nan")


def nothing(_trial: Finished) -> None:
    return None


def without_a_trial() -> float:
    return 0.0
