"""A strategy that does nothing for a while: trials of a known length."""

import time
from dataclasses import dataclass

from nautilus_trader.trading import Strategy


@dataclass(frozen=True)
class SleeperConfig:
    """The length of a pause."""

    seconds: float = 0.0
    label: int = 0  # tells trials apart that take equally long


class Sleeper(Strategy):
    """Sleeps when it starts."""

    def __init__(self, config: SleeperConfig) -> None:
        super().__init__(None)
        self.cfg = config

    def on_start(self) -> None:
        """Sleep."""
        if self.cfg.seconds:
            time.sleep(self.cfg.seconds)
