"""Price chart of one trial for the report: the trial is run again for its trades, which no ledger has."""

import json

from sweep.common.files.atomic_file import atomic_write
from sweep.errors import SweepError
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from sweep.results.curves.market_prices import market_prices
from sweep.results.html.price_section import price_chart, stored_chart
from sweep.runner.replay import record


def draw_chart(folder: Folder, row: Row) -> None:
    """Write the chart of a trial beside the ledger, unless it is there. SweepError where it gives other results now."""
    if (chart := stored_chart(folder)) and chart["key"] == row.key:
        return
    recorded = record(folder, row.number)
    result = recorded.run()
    if result.trial is None or not result.identical:
        raise SweepError(f"trial {row.number} gives other results now: sweep replay {folder.id} {row.number}")
    traded = list(dict.fromkeys(p.instrument_id for p in result.trial.positions))
    prices = market_prices({**recorded.backtest, "catalog": recorded.catalog}, traded)
    content = {"key": row.key, "trial": row.number, **price_chart(result.trial, prices)}
    with atomic_write(folder.chart) as target:
        target.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
