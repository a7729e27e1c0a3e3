"""Methods that a strategy, an actor or an execution algorithm has or is called by."""

METHODS = {  # self.NAME
    "subscribe_quote_ticks": "subscribe_quotes",
    "subscribe_trade_ticks": "subscribe_trades",
    "subscribe_order_book_deltas": "subscribe_book_deltas",
    "subscribe_order_book_depth": "subscribe_book_depth",
    "subscribe_order_book_at_interval": "subscribe_book_at_interval",
    "subscribe_order_book_snapshots": "subscribe_book_at_interval",
    "unsubscribe_quote_ticks": "unsubscribe_quotes",
    "unsubscribe_trade_ticks": "unsubscribe_trades",
    "unsubscribe_order_book_deltas": "unsubscribe_book_deltas",
    "unsubscribe_order_book_depth": "unsubscribe_book_depth",
    "unsubscribe_order_book_at_interval": "unsubscribe_book_at_interval",
    "unsubscribe_order_book_snapshots": "unsubscribe_book_at_interval",
    "request_quote_ticks": "request_quotes",
    "request_trade_ticks": "request_trades",
    "request_order_book_deltas": "request_book_deltas",
    "request_order_book_depth": "request_book_depth",
    "request_order_book_snapshot": "request_book_snapshot",
}
CALLBACKS = {  # def NAME(self, ...): the new name
    "on_quote_tick": "on_quote",
    "on_trade_tick": "on_trade",
    "on_order_book": "on_book",
    "on_order_book_deltas": "on_book_deltas",
    "on_order_book_delta": "on_book_deltas",
    "on_order_book_depth": "on_book_depth",
    "on_order_book_snapshot": "on_book",
    "on_instrument_status_update": "on_instrument_status",
    "on_venue_status": "on_instrument_status",
}
ARRIVING = {  # the type of a callback's first argument
    "on_bar": "Bar", "on_quote_tick": "QuoteTick", "on_trade_tick": "TradeTick", "on_quote": "QuoteTick",
    "on_trade": "TradeTick", "on_order_book": "OrderBook", "on_order_book_deltas": "OrderBookDeltas",
    "on_order_initialized": "OrderInitialized", "on_order_denied": "OrderDenied",
    "on_order_emulated": "OrderEmulated", "on_order_released": "OrderReleased",
    "on_order_submitted": "OrderSubmitted", "on_order_rejected": "OrderRejected",
    "on_order_accepted": "OrderAccepted", "on_order_canceled": "OrderCanceled", "on_order_expired": "OrderExpired",
    "on_order_triggered": "OrderTriggered", "on_order_pending_update": "OrderPendingUpdate",
    "on_order_pending_cancel": "OrderPendingCancel", "on_order_modify_rejected": "OrderModifyRejected",
    "on_order_cancel_rejected": "OrderCancelRejected", "on_order_updated": "OrderUpdated",
    "on_order_filled": "OrderFilled", "on_order_event": "OrderEvent", "on_position_event": "PositionEvent",
    "on_position_opened": "PositionOpened", "on_position_changed": "PositionChanged",
    "on_position_closed": "PositionClosed", "on_instrument": "Instrument", "on_signal": "Signal",
    "on_order": "Order", "on_event": "Event", "on_mark_price": "MarkPriceUpdate", "on_index_price": "IndexPriceUpdate",
}  # fmt: skip
PRIVATE = {"_clock": "clock", "_log": "log", "_cache": "cache", "_portfolio": "portfolio", "_msgbus": "msgbus",
           "_order_factory": "order_factory"}  # fmt: skip
OWN_ID = {"strategy": "strategy_id", "actor": "actor_id", "algorithm": "exec_algorithm_id"}
SPAWNING = {"spawn_market", "spawn_limit", "spawn_market_to_limit"}
CLASS_OF = {"strategy": "Strategy", "actor": "DataActor", "algorithm": "ExecutionAlgorithm"}
NO_DATA = "take the data in an actor or a strategy, and hand on what matters with publish_signal or publish_message"
NO_PORTFOLIO = "self.cache has positions, orders and account_for_venue; or make it a Strategy, which has a portfolio"
LESS = {  # by kind: how names begin that 1.x's components of this kind had, and 2.0's have not
    "actor": {"portfolio": NO_PORTFOLIO},
    "algorithm": {
        **dict.fromkeys(("subscribe_", "unsubscribe_", "request_", "register_indicator", "indicators_init"), NO_DATA),
        "save": "keep the state in a file of your own", "load": "keep the state in a file of your own",
    },
    "strategy": {
        "order_id_tag": "self.strategy_id.value.rpartition('-')[2]",
        "oms_type": "self.config has it, where it is given",
        "use_": "self.config has it, where it is given", "manage_": "self.config has it, where it is given",
        "cancel_task": "2.0 runs no executor", "cancel_all_tasks": "2.0 runs no executor",
        "active_task_ids": "2.0 runs no executor", "queued_task_ids": "2.0 runs no executor",
        "fully_qualified_name": "type(self).__name__", "to_importable_config": "write the path and the config down",
        "handle_": "call the callback itself, e.g. self.on_bar(bar)",
        "deregister_warning_event": "leave it out: 2.0 decides by the event what is logged",
        "type": "type(self)",
    },
}  # fmt: skip
NEVER_CALLED = {  # callbacks of an execution algorithm that 2.0 does not call
    "on_bar", "on_quote_tick", "on_trade_tick", "on_data", "on_event", "on_historical_data", "on_instrument",
    "on_instrument_close", "on_instrument_status", "on_order_book", "on_order_book_deltas", "on_mark_price",
    "on_index_price", "on_funding_rate", "on_order_book_depth",
}  # fmt: skip
NOW_CALLED = {"is_degraded", "is_disposed", "is_faulted", "is_running", "is_stopped", "state"}  # attributes before
GONE = {  # self.NAME, without a substitute
    "greeks": "make one: GreeksCalculator(self.cache, self.clock) of nautilus_trader.common",
    "request_aggregated_bars": "request the bars of each kind with request_bars, or aggregate them yourself",
    "request_join": "request each, and join what arrives",
    "queue_for_executor": "2.0 runs no executor: call the function",
    "run_in_executor": "2.0 runs no executor: call the function",
    "is_pending_request": "note yourself which requests are open",
    "has_pending_requests": "note yourself which requests are open",
    "pending_requests": "note yourself which requests are open",
    "register_warning_event": "leave it out: 2.0 decides by the event what is logged",
    "change_id": "give `strategy_id` in the config",
    "change_order_id_tag": "give `order_id_tag` in the config",
    "external_order_claims": "external_order_instrument_ids in the config",
    "is_initialized": "self.is_ready()",
}
ORDER_TO_ID = {"cancel_order": 0, "modify_order": 0}  # strategies: the order -> its id; the position of the argument
DROPPED = {  # keywords that 2.0 does not take; they only served live trading or the catalog
    "update_catalog", "aggregate_spread_quotes", "await_partial", "pyo3_conversion", "join_request", "request_id",
    "update_subscriptions", "include_external_data", "override",
}  # fmt: skip
POSITIONAL = {  # 1.x's order of arguments, where 2.0's is another: they are given by name
    "subscribe_order_book_at_interval": ("instrument_id", "book_type", "depth", "interval_ms", "client_id"),
    "subscribe_order_book_snapshots": ("instrument_id", "book_type", "depth", "interval_ms", "client_id"),
    "subscribe_order_book_deltas": ("instrument_id", "book_type", "depth", "client_id", "managed"),
    "subscribe_order_book_depth": ("instrument_id", "book_type", "depth", "client_id", "managed"),
    "request_order_book_snapshot": ("instrument_id", "limit", "client_id"),
    "trailing_stop_market": (
        "instrument_id", "order_side", "quantity", "trailing_offset", "activation_price", "trigger_price",
        "trigger_type", "trailing_offset_type", "time_in_force", "expire_time", "reduce_only",
    ),
    "trailing_stop_limit": (
        "instrument_id", "order_side", "quantity", "limit_offset", "trailing_offset", "price", "activation_price",
        "trigger_price", "trigger_type", "trailing_offset_type", "time_in_force", "expire_time",
    ),
}  # fmt: skip
KEEP_POSITIONAL = {"trailing_stop_market": 4}  # the first so many are in the same order in both
KEYWORDS = {  # of calls: 1.x's keyword -> 2.0's
    ("BarType", "bar_spec"): "spec",
    ("publish_message", "msg"): "message",
    ("exception", "ex"): None,
    ("request_order_book_snapshot", "limit"): "depth",
}
DEFAULTS = {  # what 1.x took when it was left out, and 2.0 wants to be told
    "subscribe_order_book_deltas": {"book_type": "BookType.L2_MBP", "managed": "True"},
    "subscribe_order_book_depth": {"book_type": "BookType.L2_MBP", "managed": "True"},
    "subscribe_order_book_at_interval": {"book_type": "BookType.L2_MBP", "interval_ms": "1000"},
    "subscribe_order_book_snapshots": {"book_type": "BookType.L2_MBP", "interval_ms": "1000"},
    "unsubscribe_order_book_at_interval": {"interval_ms": "1000"},
    "trailing_stop_limit": {"price": "None"},
}
FACTORY = {  # order_factory.NAME
    "market", "limit", "stop_market", "stop_limit", "market_to_limit", "market_if_touched", "limit_if_touched",
    "trailing_stop_market", "trailing_stop_limit", "bracket",
}  # fmt: skip
EXPIRE_TIME_AT = {  # order_factory.NAME: the position of the time that 2.0 takes in nanoseconds
    "limit": 5, "stop_market": 6, "stop_limit": 7, "market_to_limit": 4, "market_if_touched": 6,
    "limit_if_touched": 7,
}  # fmt: skip
BUS = {"publish": "publish_message", "subscribe": "subscribe_topic", "unsubscribe": "unsubscribe_topic"}
REQUESTS = {"request_bars", "request_quote_ticks", "request_trade_ticks", "request_data", "request_instrument",
            "request_instruments", "request_order_book_snapshot", "request_order_book_deltas",
            "request_order_book_depth", "request_funding_rates"}  # fmt: skip
HISTORICAL = {  # what a request delivers in 2.0, by what is requested
    "request_bars": ("on_historical_bars", "bars"),
    "request_quote_ticks": ("on_historical_quotes", "quotes"),
    "request_trade_ticks": ("on_historical_trades", "trades"),
    "request_funding_rates": ("on_historical_funding_rates", "rates"),
}
TOLD = {"on_signal": ("publish_signal", "subscribe_signal"), "on_data": ("publish_data", "subscribe_data")}
TRADES = ("submit_order", "cancel_order", "cancel_all_orders", "close_position", "close_all_positions", "modify_order")
LOCKED = {  # callbacks in which 2.0's cache cannot be read: the event comes out of the component's own call
    "on_order_initialized": "OrderInitialized",
    "on_order_emulated": "OrderEmulated",
    "on_order_pending_cancel": "OrderPendingCancel",
    "on_order_pending_update": "OrderPendingUpdate",
}
MEANT = {  # a callback of 2.0, where the file subscribes as 2.0 does: it is half ported already
    "on_quote": "subscribe_quotes", "on_trade": "subscribe_trades", "on_book_deltas": "subscribe_book_deltas",
    "on_book": "subscribe_book_at_interval", "on_book_depth": "subscribe_book_depth",
}  # fmt: skip
TAKEN = {  # members of 2.0 that 1.x did not have: a strategy's own of that name means something else there
    "actor_id", "is_ready", "modify_orders", "on_block", "on_book", "on_book_deltas", "on_book_depth",
    "on_historical_bars", "on_historical_book_deltas", "on_historical_book_depth", "on_historical_funding_rates",
    "on_historical_index_prices", "on_historical_mark_prices", "on_historical_quotes", "on_historical_trades",
    "on_order_fill_voided", "on_pool", "on_pool_swap", "on_queue_state", "on_quote", "on_socket_state",
    "on_trade", "publish_message", "reconnect_socket", "request_book_deltas", "request_book_depth",
    "request_book_snapshot", "request_quotes", "request_trades", "set_external_order_instrument_ids", "strategy_id",
    "subscribe_book_at_interval", "subscribe_book_deltas", "subscribe_book_depth", "subscribe_queue_state",
    "subscribe_quotes", "subscribe_socket_state", "subscribe_topic", "subscribe_trades", "unsubscribe_quotes",
    "unsubscribe_signal", "unsubscribe_topic", "unsubscribe_trades",
}  # fmt: skip
