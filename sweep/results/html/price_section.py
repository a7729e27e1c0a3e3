"""Price and trades of one trial beside the ledger, for the report's chart."""

import json
from collections.abc import Sequence
from typing import Annotated, TypedDict

from pydantic import Field, TypeAdapter

from sweep.backtest.chart.candles import DIGITS
from sweep.common.files.atomic_file import atomic_write
from sweep.common.files.text_file import read_text
from sweep.ledger.encoding import LATEST
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder

LONGEST = 64 * 2**20  # characters of a file with a chart

type Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
type Seconds = Annotated[int, Field(ge=0, lt=LATEST)]  # UNIX
type Figure = Annotated[float, Field(allow_inf_nan=False)]


Market = TypedDict(  # noqa: UP013 (a candle's low is `l`)
    "Market",
    {
        "id": str, "currency": str, "seconds": Whole, "first": Whole,
        "decimals": Annotated[int, Field(ge=0, le=DIGITS)],
        "steps": list[Whole], "o": list[Whole], "h": list[Whole], "l": list[Whole], "c": list[Whole],
    },
)  # fmt: skip


class Trade(TypedDict):
    """A position."""

    instrument: str
    strategy: str
    side: str
    quantity: Figure
    opened: Seconds
    closed: Seconds | None
    entry: Figure
    exit: Figure | None
    pnl: Figure
    stop: Figure | None
    target: Figure | None


class Chart(TypedDict):
    """Candles and trades of a trial as they lie beside the ledger."""

    key: str
    trial: int
    instruments: list[Market]
    trades: list[Trade]


CHART = TypeAdapter(Chart)


def price_data(folder: Folder, rows: Sequence[Row]) -> Chart | None:
    """The chart that lies beside the ledger; None without one, or where its trial is gone or another one now."""
    if not (chart := stored_chart(folder)):
        return None
    is_here = any(row.key == chart["key"] and row.number == chart["trial"] for row in rows)
    return chart if is_here and chart["instruments"] else None


def store_chart(folder: Folder, row: Row, chart: str) -> None:
    """Write the chart of a trial beside the ledger, in the place of another one."""
    whole = {"key": row.key, "trial": row.number, **json.loads(chart)}
    with atomic_write(folder.chart) as target:
        target.write_text(json.dumps(whole, separators=(",", ":")), encoding="utf-8")


def is_stored(folder: Folder, row: Row) -> bool:
    """True if the chart beside the ledger is that of a trial."""
    chart = stored_chart(folder)
    return chart is not None and chart["key"] == row.key


def stored_chart(folder: Folder) -> Chart | None:
    """The chart beside the ledger; None where there is none, or something else than sweep writes there."""
    try:
        text = read_text(folder.chart, LONGEST) if folder.chart.exists() else ""
        return CHART.validate_json(text, strict=True) if 0 < len(text) <= LONGEST else None
    except (OSError, ValueError):
        return None


def closed_trades(chart: Chart | None, number: int) -> list[tuple[int, float]]:
    """Entry (UNIX ns) and PnL of the closed trades of a trial; none where the chart is of another one."""
    if chart is None or chart["trial"] != number:
        return []
    return [(trade["opened"] * 10**9, trade["pnl"]) for trade in chart["trades"] if trade["closed"] is not None]
