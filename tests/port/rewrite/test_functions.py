from tests.port.snippets import in_strategy, ported


def test_callbacks_have_the_names_that_2_calls():
    names = {"on_quote_tick": "on_quote", "on_trade_tick": "on_trade", "on_order_book_deltas": "on_book_deltas"}
    body = "\n\n".join(f"def {name}(self, x):\n    super().{name}(x)" for name in names)
    result = in_strategy(body).result
    for old, new in names.items():
        assert f"def {new}(self, x):\n        super().{new}(x)" in result and old not in result


def test_on_event_is_called_for_orders_and_positions_but_not_while_the_cache_is_locked():
    result = in_strategy("def on_event(self, event) -> None:\n    print(event)").result
    assert "def on_position_event(self, event) -> None:\n        self.on_event(event)" in result
    kinds = "OrderInitialized | OrderEmulated | OrderPendingCancel | OrderPendingUpdate"
    assert f"if not isinstance(event, {kinds}):" in result


def test_an_empty_on_event_has_the_name_of_a_callback_that_2_calls():
    result = in_strategy('def on_event(self, event):\n    """Nothing."""').result
    assert 'def on_order_event(self, event):\n        """Nothing."""' in result and "on_event" not in result.replace(
        "on_order_event", ""
    )
    both = in_strategy("def on_order_event(self, event):\n    pass\n\ndef on_event(self, event):\n    pass").result
    assert both.count("on_order_event") == 1 and "on_event" not in both.replace("on_order_event", "")


def test_what_is_requested_is_handed_on_one_by_one():
    body = "def on_start(self):\n    self.request_bars(t, s)\n\ndef on_historical_data(self, data):\n    print(data)"
    assert (
        "def on_historical_bars(self, bars):\n        for item in bars:\n            self.on_historical_data(item)"
        in in_strategy(body).result
    )


def test_traps_that_only_the_user_can_take_away_are_told():
    body = (
        "def on_order_initialized(self, event):\n    self.cache.order(event.client_order_id)\n\n"
        "def on_start(self):\n    self.subscribe_signal('a')\n    self.publish_signal('a', 1)\n\n"
        "def on_signal(self, signal):\n    self.submit_order(x)\n\n"
        "def on_quote(self, mine):\n    pass\n"
    )
    rules = {note.rule for note in in_strategy(body).notes if note.level == "by hand"}
    assert rules == {"on_order_initialized", "on_signal", "name"}


def test_methods_of_other_classes_are_not_touched():
    source = (
        "from nautilus_trader.model.data import Bar\n\n\nclass Plain:\n"
        "    def on_event(self, event):\n        print(event)\n\n    def on_data(self, data):\n        print(data)\n"
    )
    assert "on_order_event" not in ported(source).result and "data.data" not in ported(source).result
