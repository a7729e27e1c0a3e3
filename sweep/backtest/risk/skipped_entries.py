"""Random denial of entries (`sweep stress`): the strategy is told as by the engine's own risk checks, and goes on."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from nautilus_trader.model import PositionId

from sweep.backtest.risk.denial import deny, members
from sweep.spec.components.perturbation import Perturbation


class SkippedEntries:
    """Denies a share of the orders that open or enlarge a position; by seed, strategy and count of its entries."""

    def __init__(self, rules: Perturbation) -> None:
        self._rules = rules
        self._entries: dict[str, int] = {}
        self.skipped = 0

    def wrap(self, kind: Any, inherited: dict[str, Any]) -> dict[str, Any]:
        """The methods of a strategy class that send orders; they hand on to the `inherited` ones, or to the class."""
        skipped = self

        def following(name: str) -> Callable[..., None]:
            return inherited.get(name) or getattr(kind, name)

        def submit_order(self: Any, order: Any, position_id: Any = None, *args: Any, **kwargs: Any) -> None:
            if not skipped.skips(self, [order], position_id):
                following("submit_order")(self, order, position_id, *args, **kwargs)

        def submit_order_list(self: Any, order_list: Any, position_id: Any = None, *args: Any, **kwargs: Any) -> None:
            if not skipped.skips(self, members(order_list), position_id):
                following("submit_order_list")(self, order_list, position_id, *args, **kwargs)

        return {f.__name__: f for f in (submit_order, submit_order_list)}

    def skips(self, strategy: Any, orders: Sequence[Any], position_id: Any) -> bool:
        """Deny these orders if they are an entry whose turn it is: True, and the strategy is told."""
        if not orders or not is_entry(strategy, orders[0], position_id) or not self._draws(str(strategy.strategy_id)):
            return False
        self.skipped += 1
        deny(strategy, orders, "stress: the entry is skipped", strategy.clock.timestamp_ns())
        return True

    def _draws(self, strategy: str) -> bool:
        self._entries[strategy] = count = self._entries.get(strategy, 0) + 1
        key = f"{self._rules.seed}|skip|{strategy}|{count}".encode()
        return int.from_bytes(blake2b(key, digest_size=8).digest()) < self._rules.skip * 2**64


def is_entry(strategy: Any, order: Any, position_id: Any) -> bool:
    """True if an order opens a position, enlarges it, or turns it around."""
    if order.is_reduce_only:
        return False
    target = position_id or PositionId(f"{order.instrument_id}-{strategy.strategy_id}")
    position = strategy.cache.position(target)
    if position is None or position.is_closed:
        return True
    buys = order.side.name == "BUY"
    return buys == position.is_long or order.quantity.as_decimal() > position.quantity.as_decimal()
