"""Attributes and methods of the engine's own objects, by the type of the object."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """The form of TYPE.name in 2.0."""

    to: str = ""  # the new name, or the new expression with {0} for the object
    called: bool = False  # an attribute of 1.x that 2.0 calls
    uncalled: bool = False  # a method of 1.x that is an attribute in 2.0
    expression: bool = False
    function: bool = False  # a method that became a function of sweep.compat, with the object as its first argument
    around: str = ""  # what stands around the call in 2.0, with {0} for it
    gone: str = ""  # what to do, where there is no substitute
    symbols: tuple[str, ...] = ()  # what the expression needs imported


def renamed(to: str) -> Change:
    return Change(to=to)


def called(to: str) -> Change:
    return Change(to=to, called=True)


def written(to: str, *symbols: str, method: bool = True) -> Change:
    """An expression in place of a method's call, or of an attribute."""
    return Change(to=to, expression=True, uncalled=method, symbols=symbols)


def value(to: str, *symbols: str) -> Change:
    """An expression in place of an attribute."""
    return written(to, *symbols, method=False)


def returning(to: str, around: str) -> Change:
    """A method that gives something else in 2.0, and what makes of it what 1.x gave."""
    return Change(to=to, around=around)


def function(name: str) -> Change:
    return Change(to=name, function=True, symbols=(name,))


def gone(remedy: str) -> Change:
    return Change(gone=remedy)


FEES = gone("fees are the venue's: `fee_model:` in the spec")
EVENT = {"id": renamed("event_id")}
UNSET = ("ts_accepted", "ts_submitted", "ts_closed", "expire_time_ns")  # of orders: 0 before, None in 2.0
ORDER = {
    "avg_px": value("float({0}.avg_px or 0)"),
    "slippage": value("float({0}.slippage or 0)"),
    **{name: value(f"({{0}}.{name} or 0)") for name in UNSET},
    "commissions": returning("commissions", "list({0}.values())"),
    "is_contingency": value("({0}.contingency_type is not None)"),
    "is_parent_order": value("({0}.contingency_type == ContingencyType.OTO)", "ContingencyType"),
    "is_child_order": value("({0}.parent_order_id is not None)"),
    "is_aggressive": value("({0}.order_type == OrderType.MARKET)", "OrderType"),
    "is_passive": value("({0}.order_type != OrderType.MARKET)", "OrderType"),
    "has_activation_price": value('(getattr({0}, "activation_price", None) is not None)'),
    "info": written("str({0})"),
    "events": called("events"),
    "side_string": written("{0}.side.name"),
    "status_string": written("{0}.status.name"),
    "type_string": written("{0}.order_type.name"),
    "tif_string": written("{0}.time_in_force.name"),
    "has_price": value('(getattr({0}, "price", None) is not None)'),
    "has_trigger_price": value('(getattr({0}, "trigger_price", None) is not None)'),
    "symbol": value("{0}.instrument_id.symbol"),
    "venue": value("{0}.instrument_id.venue"),
    "exec_algorithm_params": value("exec_algorithm_params({0})", "exec_algorithm_params"),
}
ID_SETS = (  # of the cache: sets before, lists in 2.0
    "client_order_ids", "client_order_ids_open", "client_order_ids_closed", "client_order_ids_emulated",
    "client_order_ids_inflight", "position_ids", "position_open_ids", "position_closed_ids", "strategy_ids",
    "exec_algorithm_ids",
)  # fmt: skip
CHANGES: dict[str, dict[str, Change]] = {
    "Portfolio": {
        "is_flat": renamed("is_net_flat"),
        "is_completely_flat": renamed("is_completely_net_flat"),
        "margins_init": renamed("instrument_initial_margins"),
        "margins_maint": renamed("instrument_maintenance_margins"),
        "initialized": called("is_initialized"),
        "analyzer": called("statistics"),
    },
    "Cache": {
        "quote_tick": renamed("quote"),
        "quote_ticks": returning("quotes", "({0} or [])"),
        "quote_tick_count": renamed("quote_count"),
        "trade_tick": renamed("trade"),
        "trade_ticks": returning("trades", "({0} or [])"),
        "trade_tick_count": renamed("trade_count"),
        "bars": returning("bars", "({0} or [])"),
        **{name: returning(name, "set({0})") for name in ID_SETS},
        "accounts": function("accounts"),
        "calculate_unrealized_pnl": function("unrealized_pnl"),
        "currency": gone("Currency.from_str(code)"),
        "actor_ids": gone("keep the ids yourself"),
        "order_list_ids": written("[found.id for found in {0}.order_lists()]"),
        "synthetics": written("[{0}.synthetic(found) for found in {0}.synthetic_ids()]"),
    },
    "Clock": {
        "timer_names": called("timer_names"),
        "timer_count": called("timer_count"),
        "local_now": gone("self.clock.utc_now().astimezone(zone)"),
        "unix_timestamp": renamed("timestamp"),
        "unix_timestamp_ns": renamed("timestamp_ns"),
    },
    "Logger": {"warn": renamed("warning")},
    "QuoteTick": {"bid": renamed("bid_price"), "ask": renamed("ask_price")},
    "TimeEvent": EVENT,
    "BookLevel": {"orders": renamed("get_orders")},
    "Bar": {
        "is_single_price": written("({0}.open == {0}.high == {0}.low == {0}.close)"),
        "is_revision": gone("2.0 has no revisions of bars: leave the test out"),
    },
    "OrderList": {
        "orders": value("{0}"),
        "first": value("{0}[0]"),
        "id": gone("a bracket is a list of orders in 2.0: take the ids of the orders"),
    },
    "OrderBook": {
        "update_quote_tick": function("update_quote_tick"),
        "update_trade_tick": gone("a book of trades: keep the last trade instead"),
        "apply": gone("apply_delta or apply_deltas, by what arrives"),
        "to_quote_tick": gone("best_bid_price(), best_ask_price() and their sizes"),
    },
    "Position": {
        "events": called("events"),
        "adjustments": called("adjustments"),
        "client_order_ids": called("client_order_ids"),
        "venue_order_ids": called("venue_order_ids"),
        "trade_ids": called("trade_ids"),
        "signed_decimal_qty": written("Decimal(str({0}.signed_qty))", "Decimal"),
        "closing_order_side": written("(OrderSide.SELL if {0}.is_long else OrderSide.BUY)", "OrderSide"),
        "cross_notional_value": gone("notional_value(price)"),
        "avg_px_close": value("({0}.avg_px_close or 0.0)"),
        "ts_closed": value("({0}.ts_closed or 0)"),
        "info": written("str({0})"),
    },
    "Order": ORDER,
    "Symbol": {"root": Change(to="root", uncalled=True), "topic": Change(to="topic", uncalled=True)},
    "Instrument": {
        "maker_fee": FEES,
        "taker_fee": FEES,
        "tick_scheme_name": renamed("tick_scheme"),
        "get_base_currency": written('getattr({0}, "base_currency", None)'),
        "get_cost_currency": written('getattr({0}, "cost_currency", {0}.quote_currency)'),
        "get_settlement_currency": written('getattr({0}, "settlement_currency", {0}.quote_currency)'),
        "calculate_base_quantity": gone("divide the quantity by the price"),
    },
    "Account": {
        "is_cash_account": called("is_cash_account"),
        "is_margin_account": called("is_margin_account"),
        "type": renamed("account_type"),
        "margins_init": renamed("initial_margins"),
        "margins_maint": renamed("maintenance_margins"),
        "margin_init": renamed("initial_margin"),
        "margin_maint": renamed("maintenance_margin"),
        "commission": gone("self.cache: add up the commissions of the fills"),
        "commissions": gone("self.cache: add up the commissions of the fills"),
    },
    "DataType": {"type": renamed("type_name")},
    "LinearRegression": {"R2": renamed("r2")},
    "AdaptiveMovingAverage": {
        "period_er": renamed("period_efficiency_ratio"),
        "period_alpha_fast": renamed("period_fast"),
        "period_alpha_slow": renamed("period_slow"),
    },
    "Event": EVENT,
    "OrderEvent": EVENT,
    "PositionEvent": EVENT,
    "OrderInitialized": {**EVENT, "side": renamed("order_side")},
    "PositionOpened": {
        **EVENT,
        "peak_qty": renamed("quantity"),
        "unrealized_pnl": gone("0 when it opens"),
        "ts_opened": renamed("ts_event"),
        "avg_px_close": value("0.0"),
        "realized_return": value("0.0"),
        "duration_ns": value("0"),
        "ts_closed": value("0"),
        "closing_order_id": value("None"),
    },
    "PositionChanged": {
        **EVENT,
        "peak_qty": renamed("peak_quantity"),
        "duration_ns": value("0"),
        "ts_closed": value("0"),
        "closing_order_id": value("None"),
        "avg_px_close": value("({0}.avg_px_close or 0.0)"),
    },
    "PositionClosed": {**EVENT, "peak_qty": renamed("peak_quantity"), "duration_ns": renamed("duration")},
    "Config": {
        "dict": written("asdict({0})", "asdict"),
        "json": gone("json.dumps(dataclasses.asdict(config), default=str)"),
    },
}
ORDER_TYPES = {
    "MarketOrder", "LimitOrder", "StopMarketOrder", "StopLimitOrder", "MarketToLimitOrder", "MarketIfTouchedOrder",
    "LimitIfTouchedOrder", "TrailingStopMarketOrder", "TrailingStopLimitOrder",
}  # fmt: skip
INSTRUMENT_TYPES = {
    "Equity", "CurrencyPair", "CryptoPerpetual", "CryptoFuture", "FuturesContract", "OptionContract", "Cfd",
    "Commodity", "IndexInstrument", "BettingInstrument", "BinaryOption", "FuturesSpread", "OptionSpread",
}  # fmt: skip
NAMED_ONCE = {  # by name alone, where the type of the object is unknown: nothing else of the engine is called so
    name: (kind, name) for kind, names in {
        "Cache": ("quote_tick", "quote_ticks", "quote_tick_count", "trade_tick", "trade_ticks", "trade_tick_count",
                  "calculate_unrealized_pnl"),
        "Portfolio": ("is_completely_flat",),
        "Clock": ("timer_names", "timer_count"),
        "Position": ("signed_decimal_qty", "closing_order_side"),
        "Order": ("has_trigger_price", "has_activation_price", "is_child_order", "is_parent_order", "is_contingency",
                  "side_string", "status_string", "type_string", "tif_string"),
        "Bar": ("is_single_price", "is_revision"),
        "Instrument": ("tick_scheme_name", "get_base_currency", "get_cost_currency", "get_settlement_currency",
                       "calculate_base_quantity"),
        "OrderBook": ("update_quote_tick", "update_trade_tick"),
    }.items() for name in names
}  # fmt: skip
CONCRETE = {  # bases that 2.0 does not have: the classes that they stood for
    "Order": sorted(ORDER_TYPES),
    "Instrument": sorted(INSTRUMENT_TYPES),
    "PositionEvent": ["PositionChanged", "PositionClosed", "PositionOpened"],
    "OrderEvent": [
        "OrderAccepted", "OrderCancelRejected", "OrderCanceled", "OrderDenied", "OrderEmulated", "OrderExpired",
        "OrderFilled", "OrderInitialized", "OrderModifyRejected", "OrderPendingCancel", "OrderPendingUpdate",
        "OrderRejected", "OrderReleased", "OrderSubmitted", "OrderTriggered", "OrderUpdated",
    ],
}  # fmt: skip
RETURNS = {  # TYPE.method -> the type of what it returns; a list of them with []
    ("Cache", "order"): "Order", ("Cache", "orders"): "Order[]", ("Cache", "orders_open"): "Order[]",
    ("Cache", "orders_closed"): "Order[]", ("Cache", "orders_inflight"): "Order[]",
    ("Cache", "orders_emulated"): "Order[]", ("Cache", "position"): "Position", ("Cache", "positions"): "Position[]",
    ("Cache", "positions_open"): "Position[]", ("Cache", "positions_closed"): "Position[]",
    ("Cache", "instrument"): "Instrument", ("Cache", "instruments"): "Instrument[]", ("Cache", "bar"): "Bar",
    ("Cache", "bars"): "Bar[]", ("Cache", "quote_tick"): "QuoteTick", ("Cache", "quote_ticks"): "QuoteTick[]",
    ("Cache", "trade_tick"): "TradeTick", ("Cache", "trade_ticks"): "TradeTick[]",
    ("Cache", "order_book"): "OrderBook", ("Cache", "account_for_venue"): "Account", ("Cache", "account"): "Account",
    ("Portfolio", "account"): "Account", ("OrderFactory", "bracket"): "OrderList",
    ("Clock", "utc_now"): "Timestamp", ("OrderBook", "bids"): "BookLevel[]", ("OrderBook", "asks"): "BookLevel[]",
    ("OrderBook", "best_bid_price"): "Price", ("OrderBook", "best_ask_price"): "Price",
    ("OrderBook", "best_bid_size"): "Quantity", ("OrderBook", "best_ask_size"): "Quantity",
    ("Instrument", "make_price"): "Price", ("Instrument", "make_qty"): "Quantity", ("Cache", "price"): "Price",
    ("Cache", "position_for_order"): "Position", ("Cache", "accounts"): "Account[]",
    ("Cache", "orders_for_position"): "Order[]", ("Cache", "orders_for_exec_algorithm"): "Order[]",
    ("Cache", "orders_for_exec_spawn"): "Order[]", ("QuoteTick", "extract_price"): "Price",
    **{(kind, f"from_{name}"): kind for kind in ("Price", "Quantity", "Money") for name in ("str", "int", "raw")},
    ("OrderFactory", "create_list"): "OrderList",
    **{("OrderFactory", name): "Order" for name in (
        "market", "limit", "stop_market", "stop_limit", "market_to_limit", "market_if_touched", "limit_if_touched",
        "trailing_stop_market", "trailing_stop_limit",
    )},
}  # fmt: skip
FIELDS = {  # TYPE.attribute -> its type
    **{("Bar", name): "Price" for name in ("open", "high", "low", "close")},
    **{("QuoteTick", name): "Price" for name in ("bid_price", "ask_price", "bid", "ask")},
    **{("QuoteTick", name): "Quantity" for name in ("bid_size", "ask_size")},
    **{("Order", name): "Quantity" for name in ("quantity", "filled_qty", "leaves_qty")},
    **{("Order", name): "Price" for name in ("price", "trigger_price", "activation_price")},
    **{("Position", name): "Quantity" for name in ("quantity", "peak_qty", "buy_qty", "sell_qty")},
    ("OrderFilled", "last_px"): "Price", ("OrderFilled", "last_qty"): "Quantity",
    ("TradeTick", "price"): "Price", ("TradeTick", "size"): "Quantity", ("Bar", "volume"): "Quantity",
    ("Instrument", "price_increment"): "Price", ("Instrument", "size_increment"): "Quantity",
    ("Instrument", "min_quantity"): "Quantity", ("Instrument", "max_quantity"): "Quantity",
    ("Bar", "bar_type"): "BarType", ("Position", "instrument_id"): "InstrumentId",
    ("Order", "instrument_id"): "InstrumentId", ("InstrumentId", "symbol"): "Symbol",
    ("Instrument", "id"): "InstrumentId", ("Position", "opening_order_id"): "ClientOrderId",
}  # fmt: skip
COMPONENT_FIELDS = {"cache": "Cache", "portfolio": "Portfolio", "clock": "Clock", "log": "Logger",
                    "msgbus": "MessageBus", "order_factory": "OrderFactory"}  # fmt: skip
STATE = {  # of an order, that changes after it was made: 2.0 hands out copies
    "Order": {
        "status", "is_open", "is_closed", "is_emulated", "is_inflight", "is_active_local", "is_pending_update",
        "is_pending_cancel", "is_canceled", "is_completed", "filled_qty", "leaves_qty", "avg_px", "slippage",
        "price", "quantity", "trigger_price", "venue_order_id", "position_id", "account_id", "last_trade_id",
        "ts_accepted", "ts_submitted", "ts_closed", "ts_last", "events", "last_event", "event_count", "is_triggered",
        "has_price", "status_string",
    },
    "Position": {
        "quantity", "side", "signed_qty", "is_open", "is_closed", "is_long", "is_short", "realized_pnl",
        "realized_return", "avg_px_open", "avg_px_close", "unrealized_pnl", "total_pnl", "peak_qty", "ts_closed",
        "duration_ns", "events", "last_event", "entry", "notional_value", "signed_decimal_qty",
    },
    "Account": {
        "balance", "balance_total", "balance_free", "balance_locked", "balances", "balances_total", "balances_free",
        "balances_locked", "margins", "margin_init", "margin_maint", "margins_init", "margins_maint", "last_event",
        "events",
    },
}  # fmt: skip
