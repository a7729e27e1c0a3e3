from tests.port.snippets import in_strategy

KEEPS = """
def on_start(self) -> None:
    self.order: LimitOrder | None = None
    self.orders = []
    self.position = None

def on_bar(self, bar: Bar) -> None:
    order = self.order_factory.limit(i, side, quantity, price)
    self.order = order
    self.orders.append(order)
    self.position = self.cache.position(bar.id)
    if order.is_open:
        pass
    if self.order and self.order.is_open and self.order.client_order_id:
        self.close_position(self.position)
    for each in self.orders:
        print(each.filled_qty)
    count = sum(1 for one in self.orders if one.is_closed)
    kept = self.order
    print(kept.status, self.position.quantity)
"""


def test_what_is_kept_is_looked_up_and_what_is_fresh_is_not():
    result = in_strategy(KEEPS, imports="from nautilus_trader.model.orders import LimitOrder\n").result
    assert "if order.is_open:" in result
    assert "if self.order and self._current_order(self.order).is_open and self.order.client_order_id:" in result
    assert "self.close_position(self._current_position(self.position))" in result
    assert "print(self._current_order(each).filled_qty)" in result
    assert "sum(1 for one in self.orders if self._current_order(one).is_closed)" in result
    assert "print(self._current_order(kept).status, self._current_position(self.position).quantity)" in result
    assert (
        result.count("def _current_order(self, order):") == result.count("def _current_position(self, position):") == 1
    )
