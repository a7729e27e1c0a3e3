"""Metrics of random trials, computed again with pandas from the fills and the quotes, by other ways than sweep's."""

from random import Random

import pandas as pd
import pytest

from sweep.backtest import run
from sweep.backtest.records import BacktestRecord, Hooks
from tests.independent import pandas_figures
from tests.independent.pandas_figures import Market
from tests.support.effort import repeats
from tests.support.markets import DAY, SECOND, equity, ns, quotes, write
from tests.support.trials import strategy, trial, venue

START = 100_000.0
OPEN = ns("2026-04-06T14:00:00")  # a Monday
DAYS = 22  # more than 20: with figures of the tails
ROWS = 90  # quotes of a day
TRIALS = repeats(100, quick=3)
FEE = 0.01


def market(seed: int) -> list[tuple[int, float, float]]:
    """Quotes of a random walk, 5 to 50 seconds apart, on weekdays."""
    random, price, rows = Random(seed), 100.0, list[tuple[int, float, float]]()
    for day in (d for d in range(DAYS + 10) if (d % 7) < 5):
        now = OPEN + day * DAY
        for _ in range(ROWS):
            now += random.randint(5, 50) * SECOND
            price = max(5.0, round(price + random.gauss(0, 0.05), 2))
            rows.append((now, price, round(price + 0.01 * random.randint(1, 3), 2)))
    return rows


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, pd.DataFrame]:
    rows, stock = market(7), equity()
    path = write(tmp_path_factory.mktemp("walk") / "catalog", [stock], quotes=quotes(stock, rows))
    return path, pd.DataFrame(rows, columns=["time", "bid", "ask"])


@pytest.mark.parametrize("seed", range(TRIALS))
def test_pandas_agrees(catalog: tuple[str, pd.DataFrame], seed: int):
    """Orders at random quotes, some of which turn the position around; up to 400 shares, so cents hardly count."""
    path, market = catalog
    random, records, net = Random(seed), list[BacktestRecord](), 0
    orders = list[list[int]]()
    for n in sorted(random.sample(range(len(market)), 160)):
        size = -net if net and random.random() < 0.3 else random.choice((-1, 1)) * random.randint(1, 400)
        if abs(net + size) <= 900:
            orders.append([n, size])
            net += size
    fee = {"type": "PerContractFeeModel", "commission": f"{FEE} USD"}
    plan = strategy(orders=orders)
    backtest = trial(path, plan, venues=[venue(fee_model=fee)], start="2026-04-06", end="2026-05-09")
    result = run(backtest, look=Hooks(keep=records.append))
    m, quoted = result.metrics, Market({"SPY.ARCA": market}, START)
    assert m["fills"] == len(orders) > 100
    assert pandas_figures.same_trades_by_day(result, records[0], quoted)
    figures = pandas_figures.figures(records[0], quoted)
    assert not pandas_figures.differences(m, figures)
