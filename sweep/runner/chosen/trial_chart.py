"""Price chart of one trial for the report: the trial is run again for its trades, which no ledger has."""

import time
from contextlib import suppress
from math import inf

from sweep.backtest import price_chart
from sweep.errors import SweepError
from sweep.executors.base import Executor
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results.curves.benchmark import with_comparison
from sweep.results.html.price_section import is_stored, store_chart
from sweep.runner.control.stop import Stop
from sweep.runner.plan import SweepPlan
from sweep.runner.replay import record
from sweep.runner.shared_replay import PATIENCE, differs, trial_again
from sweep.trial import Result, Trial

UNNOTICED = 1.0  # seconds that the end of any sweep may take longer
SHARE = 0.03  # of the time of a sweep
START = 30.0  # seconds that a worker may take to begin a trial
SLOWER = 3  # times as long as before a trial may take when it is run again: one that then hangs is ended


def draw_chart(folder: Folder, row: Row) -> None:
    """Write the chart of a trial beside the ledger, unless it is there. SweepError where it gives other results now."""
    if is_stored(folder, row):
        return
    recorded = record(folder, row.number)
    result = recorded.run()
    if result.trial is None or not result.identical:
        raise SweepError(f"trial {row.number} gives other results now: sweep replay {folder.id} {row.number}")
    store_chart(folder, row, price_chart(result.trial, {**recorded.backtest, "catalog": recorded.catalog}))


def draw_best(planned: SweepPlan, folder: Folder, ledger: Ledger, executor: Executor, stop: Stop) -> None:
    """Write the chart of the best trial at the end of a sweep, if running it again is short beside the sweep.

    Whatever goes wrong there, the sweep is none the worse: the report says how to get the chart.
    """
    with suppress(SweepError):  # the end of Ray, a disk without room for a chart: all results are recorded
        most = max(UNNOTICED, SHARE * ledger.seconds() / executor.slots)
        for best in ledger.leaders(1):
            seconds = (best.ended or inf) - (best.started or -inf)
            if is_stored(folder, best) or seconds > most:
                continue
            end = time.monotonic() + START + SLOWER * seconds
            result = _run(trial_again(planned, ledger, best, {}, charted=True), executor, stop, end)
            now = with_comparison(planned.benchmark, result) if result and result.chart else None
            if now and not differs(ledger.result(best), now):
                store_chart(folder, best, now.chart)


def _run(trial: Trial, executor: Executor, stop: Stop, end: float) -> Result | None:
    """Run a trial when nothing else runs; None if the sweep is told to stop, or if it has not ended by then."""
    if not stop.level:
        executor.submit(trial)
    while not stop.level and time.monotonic() < end:
        for _, result in executor.wait(PATIENCE):
            return result
    executor.abandon()
    return None
