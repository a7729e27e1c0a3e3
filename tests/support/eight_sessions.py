"""Several sessions of quotes, bars and scores of SPY.ARCA, whose end can be replaced by noise."""

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from nautilus_trader.model import DataType, register_custom_data_class

from tests.support import markets, sweeps
from tests.support.all_data_strategy import BARS
from tests.support.markets import DAY, MINUTE, SECOND, ns
from tests.support.strategies import Score

DAYS = ("2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07", "2026-05-08", "2026-05-11", "2026-05-12", "2026-05-13")
END = "2026-05-14"
STRATEGY = {
    "path": "tests.support.all_data_strategy:AllDataStrategy",
    "config_path": "tests.support.all_data_strategy:AllDataStrategyConfig",
    "config": {},
}
DATA = [
    {"type": "QuoteTick", "instruments": ["SPY.ARCA"]},
    {"type": "Bar", "bar_types": [BARS]},
    {"type": "tests.support.strategies:Score"},
]
SPACE = {"strategy.threshold": [0.3, 0.6], "strategy.hold": [7, 20, 1000]}


def catalog(directory: Path, *, noise: str = "", files: str = "days", minutes: int = 15) -> str:
    """All `DAYS`; those from `noise` on hold other data than without.

    A quote and a score lie exactly on each midnight, where a day begins, and the last bar of a day ends on the next,
    which counts for the day that ends. `files`: one for each of the `days`, or `one` for all of them.
    """
    directory.mkdir(parents=True, exist_ok=True)
    store = markets.ParquetDataCatalog(str(directory))
    store.write_instruments([markets.equity(margin="0.5")])
    register_custom_data_class(Score)
    days = [_day(day, noise=bool(noise) and day >= noise, minutes=minutes) for day in DAYS]
    groups = days if files == "days" else [tuple(list(chain(*parts)) for parts in zip(*days, strict=True))]
    for quotes, bars, scores in groups:
        store.write_quote_ticks(quotes)
        store.write_bars(bars)
        store.write_custom_data([markets.CustomData(DataType("Score"), score) for score in scores])
    return str(directory)


def _day(day: str, *, noise: bool, minutes: int) -> tuple[list[Any], list[Any], list[Any]]:
    random = np.random.default_rng([int(day.replace("-", "")), int(noise)])
    midnight, begin = ns(f"{day}T00:00:00"), ns(f"{day}T13:30:00")
    times = [midnight, *(begin + n * SECOND for n in range(60 * minutes))]
    bids = np.round((400 if noise else 700) + np.cumsum(random.normal(0, 0.05, len(times))), 2)
    spy = markets.equity()
    quotes = markets.quotes(spy, [(t, b, round(b + 0.01, 2)) for t, b in zip(times, bids.tolist(), strict=True)])
    closes = [*(begin + n * MINUTE for n in range(1, minutes)), midnight + DAY]
    opens = np.round(random.normal(bids[0], 1, len(closes)), 2).tolist()
    bars = markets.bars(BARS, [(t, o, o + 1, o - 1, o) for t, o in zip(closes, opens, strict=True)])
    at = [midnight, *(begin + n * 30 * SECOND for n in range(1, 2 * minutes))]
    scores = [Score(ts_event=t, ts_init=t, score=float(s)) for t, s in zip(at, random.random(len(at)), strict=True)]
    return quotes, bars, scores


def spec(catalog: str, **more: Any) -> dict[str, Any]:
    """A grid of six settings over all days; `more` replaces whole sections."""
    period = {"start": DAYS[0], "end": END}
    sections: dict[str, Any] = {"strategy": STRATEGY, "data": DATA, "period": period} | more
    return sweeps.spec(catalog, SPACE, **sections)
