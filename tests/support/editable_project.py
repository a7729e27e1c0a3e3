"""A project of one strategy in a folder of its own, whose source a test may edit, and the sweep over it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import sweeps

STRATEGY = '''
"""Buys `size` shares at the tenth quote and sells them at the fortieth."""
{head}
from dataclasses import dataclass

from nautilus_trader.model import InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Strategy

{module}


@dataclass(frozen=True, kw_only=True)
class Config:
    size: int = 1


class Trader(Strategy):
    seen = 0

    def __init__(self, config):
        super().__init__(None)
        self.cfg, self.n = config, 0

    def on_start(self):
        self.subscribe_quotes(InstrumentId.from_str("SPY.ARCA"))

    def on_quote(self, quote):
        self.n += 1
        if self.n in (10, 40):
            size = self.cfg.size
            {body}
            side = OrderSide.BUY if self.n == 10 else OrderSide.SELL
            self.submit_order(self.order_factory.market(quote.instrument_id, side, Quantity(size, 0)))
'''


class Project:
    """A folder with `NAME.py` and a spec; `write` edits the strategy."""

    def __init__(self, place: Path, name: str) -> None:
        self.place, self.name = place, name
        self.file = place / f"{name}.py"
        self.catalog = sweeps.catalog(place / "catalog", minutes=2)

    def write(self, body: str = "pass", *, module: str = "", head: str = "") -> None:
        self.file.write_text(STRATEGY.format(body=body, module=module, head=head))

    def spec(self, sizes: list[int], **more: Any) -> Path:
        strategy = {"path": f"{self.name}:Trader", "config_path": f"{self.name}:Config", "config": {}}
        content = sweeps.spec(self.catalog, {"strategy.size": sizes}, strategy=strategy, **more)
        return sweeps.write(self.place / "spec.yaml", content)


@contextmanager
def project(place: Path, name: str) -> Iterator[Project]:
    """Run as if the command had been started in the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.syspath_prepend(place)
        try:
            yield Project(place, name)
        finally:
            for module in [m for m in sys.modules if m.partition(".")[0] == name]:
                del sys.modules[module]
