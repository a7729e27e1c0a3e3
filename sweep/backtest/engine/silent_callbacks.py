"""Callbacks that a strategy defines and that were never called in a run, with the likely reason."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import CodeType
from typing import NamedTuple

from sweep.spec.data_kinds import DATA_KINDS
from sweep.trial import NEVER_CALLED

SHIPPED = Path(__file__).parents[2] / "strategies"
SUBSCRIBE = "nothing came: does on_start call {}?"
REASONS = {  # callback: the likely reason
    "on_quote": SUBSCRIBE.format("subscribe_quotes"),
    "on_trade": SUBSCRIBE.format("subscribe_trades"),
    "on_bar": SUBSCRIBE.format("subscribe_bars"),
    "on_book_deltas": SUBSCRIBE.format("subscribe_book_deltas"),
    "on_book_depth": SUBSCRIBE.format("subscribe_book_depth"),
    "on_book": SUBSCRIBE.format("subscribe_book_at_interval"),
    "on_mark_price": SUBSCRIBE.format("subscribe_mark_prices"),
    "on_index_price": SUBSCRIBE.format("subscribe_index_prices"),
    "on_funding_rate": SUBSCRIBE.format("subscribe_funding_rates"),
    "on_instrument_status": SUBSCRIBE.format("subscribe_instrument_status"),
    "on_instrument_close": SUBSCRIBE.format("subscribe_instrument_close"),
    "on_instrument": "definitions are not replayed: read self.cache.instrument(instrument_id) in on_start",
    "on_data": SUBSCRIBE.format("subscribe_data"),
    "on_signal": "no signal was published: is publish_signal called, and subscribe_signal?",
    "on_time_event": "no timer without a callback of its own was set, or none was due",
    "on_historical_data": "only request_data calls it: quotes, trades and bars have callbacks of their own",
    "on_order_filled": "no order was filled",
    "on_position_opened": "no order was filled",
    **{k.historical: f"{k.request} was not called" for k in DATA_KINDS.values() if k.historical},
}  # what rarely happens (rejections, expiries, faults) may well never be called


class Callback(NamedTuple):
    """A callback that user code defines."""

    owner: str  # path of its component in the spec; "" for the only strategy
    name: str

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}" if self.owner else self.name


def silent_callbacks(defined: Mapping[CodeType, Callback], called: Iterable[Callback]) -> list[str]:
    """A sentence for each callback that a class defines and nothing called, where that is worth a word.

    The strategies of this package listen to what their parameters ask for: a silent callback of theirs is no sign.
    """
    own = {callback for code, callback in defined.items() if SHIPPED not in Path(code.co_filename).parents}
    silent = {callback for callback in own if callback.name in REASONS} - {*called}
    return [f"{NEVER_CALLED}{callback} ({REASONS[callback.name]})" for callback in sorted(silent)]
