"""Metrics of random trials of every spec that ships, computed again with pandas from the fills and the quotes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from nautilus_trader import model
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest.records import BacktestRecord, Hooks
from sweep.executors.worker.run_trial import execute
from sweep.runner.plan import SweepPlan, plan
from sweep.spec.metric_table import METRIC_TABLE
from sweep.spec.model import resolve
from sweep.trial import State
from tests.independent import pandas_figures
from tests.independent.pandas_figures import Market
from tests.independent.test_exported_scripts import QUICK, ROOT, SPECS, catalogs  # noqa: F401 (a fixture)
from tests.support.effort import FULL, repeats
from tests.support.markets import ns

TRIALS = repeats(9, quick=1)  # of each of twelve specs: 108
WHOLE = ("stock", "twenty days")  # data of quick trials, which run over the whole period; others over a day or two
CALENDARS = {"currency": (pandas_figures.new_york_day, 252), "perpetual": (pandas_figures.every_day, 365)}
OF_ORDERS = {"orders", "orders_denied", "orders_rejected", "orders_open", "orders_partial", "liquidations"}
BOOKED = {"pnl_realized", "pnl_unrealized", "pnl_revaluation", "positions_open"}
YEARLY = {"cagr", "calmar_ratio"}  # null below a year


def quotes(catalog: ParquetDataCatalog, name: str, start: int, end: int) -> pd.DataFrame:
    rows = catalog.query_quote_ticks([name], start, end - 1)
    return pd.DataFrame(
        [(q.ts_init, q.bid_price.as_double(), q.ask_price.as_double()) for q in rows], columns=["time", "bid", "ask"]
    )


def rates(catalog: Path, name: str, start: int, end: int) -> list[tuple[int, float]]:
    """Times at which funding is paid, with the rate that was announced last."""
    files = sorted((catalog / "data" / "funding_rates" / name).glob("*.parquet"))
    table = pd.concat(map(pd.read_parquet, files)) if files else pd.DataFrame({"ts_event": [], "next_funding_ns": []})
    last = table.sort_values("ts_event").groupby("next_funding_ns").last()
    times = [(pd.Timestamp(time).value, float(row["rate"])) for time, row in last.iterrows()]
    return [(time, rate) for time, rate in times if start <= time < end]


def market(backtest: dict[str, Any], record: BacktestRecord, kind: str) -> Market:
    """Quotes of the instruments that a trial reads, from its catalog."""
    start, end = (ns(str(backtest["period"][key])[:19]) for key in ("start", "end"))
    catalog = ParquetDataCatalog(backtest["catalog"])
    names = {n for entry in backtest["data"] if entry["type"] == "QuoteTick" for n in entry.get("instruments") or ()}
    names |= {fill.instrument_id for fill in record.fills}
    instruments = {str(i.id): i for i in catalog.instruments(sorted(names))}
    day, year = CALENDARS.get(kind, (pandas_figures.utc_day, 252))
    capital = sum(model.Money.from_str(each).as_double() for v in backtest["venues"] for each in v["starting_balances"])
    units = {name: float(instrument.multiplier.as_decimal()) for name, instrument in instruments.items()}
    funding = {n: paid for n in sorted(names) if (paid := rates(Path(backtest["catalog"]), n, start, end))}
    prices = {n: quotes(catalog, n, start, end) for n in sorted(names)}
    digits = model.Currency.from_str(record.currency).precision
    options = frozenset(n for n, i in instruments.items() if i.instrument_class == model.InstrumentClass.OPTION)
    ticks = {name: instrument.price_precision for name, instrument in instruments.items()}
    return Market(prices, capital, units, day, year, funding, digits, options, ticks)


def unequal(planned: SweepPlan, params: dict[str, Any], kind: str) -> dict[str, tuple[Any, Any]]:
    """Metrics of a trial that pandas does not confirm: of sweep and of pandas."""
    records = list[BacktestRecord]()
    result = execute(planned.base, params, look=Hooks(keep=records.append), code=planned.code, attached=True)
    assert result.state is State.COMPLETE, result.message
    backtest = {**resolve(planned.base, params), "catalog": planned.catalog}
    observed = market(backtest, records[0], kind)
    expected = pandas_figures.figures(records[0], observed)
    assert pandas_figures.same_trades_by_day(result, records[0], observed)
    assert set(expected) == set(METRIC_TABLE) - OF_ORDERS - BOOKED - YEARLY
    return pandas_figures.differences(result.metrics, expected)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in SPECS]
)
def test_pandas_agrees(name: str, catalogs: Callable[[str], Path]):  # noqa: F811
    kind, part = SPECS[name]
    settings: Sequence[str] = () if FULL and kind in WHOLE else part
    planned, random = plan(ROOT / f"search_spaces/{name}.yaml", [f"catalog={catalogs(kind)}", *settings]), Random(name)
    for n in range(TRIALS):
        params = planned.spec.space.draw(random)
        assert params
        assert not unequal(planned, dict(params), kind), f"trial {n}: {params}"
