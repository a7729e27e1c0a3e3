"""The tests of a walk-forward as one: figures and tearsheet of the stitched returns, by the formulas of every trial."""

from pathlib import Path
from typing import Any

from sweep.backtest.metrics.daily import sharpe_ratio, sortino_ratio
from sweep.common.files.atomic_file import atomic_write
from sweep.ledger.run_directory import Folder
from sweep.results.statistics.out_of_sample import WalkForwardResult
from sweep.spec.metric_table import METRIC_TABLE
from sweep.trial import Metrics, Result, State

SUMMED = [name for name, metric in METRIC_TABLE.items() if metric.windows == "sum"]
BY_TRADE = [name for name, metric in METRIC_TABLE.items() if metric.windows == "mean by trade"]


def metrics(forward: WalkForwardResult) -> Metrics:
    """The figures of docs/metrics.md over all tests: money and counts are added up, returns compounded.

    The profit factor is absent: the winners' sum is not among the figures of a test.
    """
    tests = [step.after.metrics for step in forward.tested if step.after]
    figures: Metrics = {name: _sum(tests, name) for name in SUMMED}
    f, returns = forward.figures(), [float(r) for r in forward.returns]
    figures |= {"return_total": f.get("forward_return"), "max_drawdown_daily": f.get("forward_drawdown")}
    figures |= {name: _by_trade(tests, name) for name in BY_TRADE}
    figures["sharpe_ratio"] = sharpe_ratio(returns, forward.year)
    figures["sortino_ratio"] = sortino_ratio(returns, forward.year)
    return figures


def _sum(tests: list[Metrics], name: str) -> float | int | None:
    """The sum over all tests; None where it is undefined in one of them."""
    values = [test.get(name) for test in tests]
    numbers = [value for value in values if value is not None]
    return sum(numbers) if numbers and len(numbers) == len(values) else None


def _by_trade(tests: list[Metrics], name: str) -> float | None:
    """The mean over all trades of a figure that is a mean over the trades of a test."""
    pairs = [(value, test.get("trades") or 0) for test in tests if (value := test.get(name)) is not None]
    count = sum(trades for _, trades in pairs)
    return sum(value * trades for value, trades in pairs) / count if count else None


def draw(folder: Folder, forward: WalkForwardResult | None) -> Path | None:
    """Write the tearsheet of the stitched tests; None where nothing was tested yet."""
    if not forward or not forward.tested:
        return None
    from sweep.results.tearsheet import tearsheet

    returns = tuple(float(r) for r in forward.returns)
    stats: dict[str, Any] = {"days_per_year": forward.year, "currency": forward.currency}
    result = Result(State.COMPLETE, metrics(forward), days=tuple(forward.days), returns=returns, stats=stats)
    with atomic_write(folder.walk_forward) as target:
        page = tearsheet(result, f"{folder.id}: walk-forward, {len(forward.tested)} tests stitched")
        target.write_text(page, encoding="utf-8")
    return folder.walk_forward
