"""A strategy for each thing that a backtest must not depend on: found in this source, and at run time."""

import logging
import os
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nautilus_trader.persistence import ParquetDataCatalog

from tests.support.strategies import Scripted, ScriptedConfig


@dataclass(frozen=True, kw_only=True)
class NondeterministicStrategyConfig(ScriptedConfig):
    """`use`: the method that is called at the third quote, `reader`: what `indirect` calls. `catalog`: a path."""

    use: str = ""
    reader: str = "int"
    catalog: str = ""


class NondeterministicStrategy(Scripted):
    """Does the one thing that its config names."""

    def on_quote(self, quote: Any) -> None:
        super().on_quote(quote)
        if self.count == 2:
            getattr(self, self.cfg.use)()

    def time(self) -> None:
        self.at = time.time()

    def perf_counter(self) -> None:
        self.at = time.perf_counter_ns()

    def localtime(self) -> None:
        self.at = time.localtime()

    def now(self) -> None:
        self.at = datetime.now(UTC)

    def today(self) -> None:
        self.at = date.today()  # noqa: DTZ011

    def timestamp(self) -> None:
        self.at = pd.Timestamp.now(tz="UTC")

    def timestamp_text(self) -> None:
        self.at = pd.Timestamp("now")

    def datetime64(self) -> None:
        self.at = np.datetime64("now")

    def hidden(self) -> None:
        self.at = vars(time)["time_ns"]()

    def indirect(self) -> None:
        self.at = ({"int": int} | vars(time))[self.cfg.reader]()

    def draw(self) -> None:
        self.drawn = random.random()

    def choice(self) -> None:
        self.drawn = random.choice([1, 2])

    def generator(self) -> None:
        self.drawn = np.random.default_rng().random()

    def generator_none(self) -> None:
        self.drawn = np.random.default_rng(seed=None).random()

    def legacy(self) -> None:
        self.drawn = np.random.rand()  # noqa: NPY002

    def own(self) -> None:
        self.drawn = random.Random().random()

    def catalog(self) -> None:
        self.future = ParquetDataCatalog(self.cfg.catalog).query_quote_ticks()

    def in_a_thread(self) -> None:
        (thread := threading.Thread(target=self.time, name="mine")).start()
        thread.join()

    def swallowed(self) -> None:
        with suppress(BaseException):
            self.hidden()

    def set_time(self) -> None:
        self.clock.set_time(self.clock.timestamp_ns() + 10**9)

    def purge(self) -> None:
        self.cache.purge_closed_orders(self.clock.timestamp_ns())

    def reset_cache(self) -> None:
        self.cache.reset()


def meanwhile(ended: threading.Event, catalog: str) -> None:
    """Do in a thread of the caller what no trial may, until `ended` is set."""
    file = next(path for path in Path(catalog).rglob("*.parquet"))
    while not ended.is_set():
        time.time(), random.random(), file.read_bytes(), os.environ.get("HOME")


class DeterministicStrategy(NondeterministicStrategy):
    """The same things as they may be done."""

    def allowed(self) -> None:
        self.at = time.time()  # sweep: allow clock
        self.at = datetime.now(  # a comment anywhere in the expression counts
            UTC  # sweep: allow clock
        ).timestamp()

    def seeded(self) -> None:
        self.drawn = [
            random.Random(7).random(),
            np.random.default_rng(7).random(),
            np.random.RandomState(7).rand(),
            time.gmtime(0),
            pd.Timestamp("2026-05-04"),
            time.strftime("%H", time.gmtime(0)),
        ]

    def library(self) -> None:
        logging.getLogger("user").warning("libraries read the clock as they like")

    def clock_of_the_backtest(self) -> None:
        self.at = self.clock.utc_now(), self.clock.timestamp_ns()


class Seeding(Scripted):
    """Seeds the process's own generators in the trial."""

    def on_start(self) -> None:
        super().on_start()
        random.seed(7)
        np.random.seed(7)  # noqa: NPY002
        self.drawn = random.random(), np.random.rand()  # noqa: NPY002


class Constructed(Scripted):
    """Reads the clock while it is built."""

    def __init__(self, config: ScriptedConfig) -> None:
        super().__init__(config)
        self.at = time.monotonic()


class Later(Scripted):
    """Calls something harmless at a place that reads the clock later."""

    def on_quote(self, quote: Any) -> None:
        super().on_quote(quote)
        (vars(time)["time"] if self.count > 5 else int)()
