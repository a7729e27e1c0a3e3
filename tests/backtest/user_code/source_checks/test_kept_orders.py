"""Reads of kept orders that would never change are found; those that ask the cache are left alone."""

import pytest

from sweep.backtest.user_code.source_checks.kept_orders import CHANGING, stale_reads
from tests.support.written_modules import write_module

MADE = "self.order_factory.limit(SPY, OrderSide.BUY, Quantity.from_int(1), Price(1, 2))"
CLASS = """
class S(Strategy):
    order, orders, ids = None, {{}}, []
    def on_quote(self, quote):
        {}
"""


def found(tmp_path, monkeypatch, body):
    """(attribute, what is read) of each finding in a class whose on_quote has this body."""
    lines = "\n        ".join(body.strip().splitlines())
    findings = stale_reads(write_module(tmp_path, monkeypatch, CLASS.format(lines)).S)
    return [(f.rule.split()[0], f.rule.split()[-3]) for f in findings]


@pytest.mark.parametrize("name", sorted(CHANGING))
def test_each_attribute_that_events_change(name, tmp_path, monkeypatch):
    body = f"if self.order and self.order.{name}: return\nself.order = {MADE}"
    assert found(tmp_path, monkeypatch, body) == [("self.order", name)]


@pytest.mark.parametrize("name", ["client_order_id", "side", "quantity", "order_type", "instrument_id", "tags"])
def test_what_an_order_is_made_with_may_be_read(name, tmp_path, monkeypatch):
    assert not found(tmp_path, monkeypatch, f"self.order = {MADE}\nself.order.{name}")


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        (f"order = {MADE}\nself.submit_order(order)\nself.order = order\nself.order.is_open", "self.order"),
        (f"self.submit_order(order := {MADE})\nself.order = order\nprint(self.order.status)", "self.order"),
        (f"o = {MADE}\nself.orders[1] = o\nfor o in self.orders.values():\n    o.is_closed", "self.orders"),
        (f"self.ids.append({MADE})\nif any(o.filled_qty for o in self.ids): pass", "self.ids"),
        (f"self.ids.append({MADE})\nself.ids[-1].is_open", "self.ids"),
        (f"self.orders['x'] = {MADE}\nself.orders.get('x').is_open", "self.orders"),
        (f"self.order = {MADE}\nkept = self.order\nkept.is_closed", "self.order"),
        (f"self.order = self.ids and {MADE} or None\nself.order = {MADE}\nself.order.leaves_qty", "self.order"),
        ("self.orders = self.order_factory.bracket(SPY)\nself.orders[0].is_open", "self.orders"),
        ("self.entry, self.stop_loss = (self.order_factory.market(SPY), 1)\nself.entry.avg_px", "self.entry"),
        (f"self.order = {MADE} if quote else None\nwhile not self.order.is_closed: pass", "self.order"),
    ],
)  # fmt: skip
def test_every_way_to_keep_one(body, attribute, tmp_path, monkeypatch):
    assert [name for name, _ in found(tmp_path, monkeypatch, body)] == [attribute]


def test_an_order_that_a_method_of_the_class_makes(tmp_path, monkeypatch):
    source = CLASS.format("self.order = self.make()\n        self.order.is_open")
    source += f"    def make(self):\n        order = {MADE}\n        return order\n"
    assert len(stale_reads(write_module(tmp_path, monkeypatch, source).S)) == 1


def test_the_places_are_in_the_order_of_the_source(tmp_path, monkeypatch):
    body = f"self.order = {MADE}\nself.order.is_open\nself.order.is_closed"
    source = CLASS.format("\n        ".join(body.splitlines()))
    findings = stale_reads(write_module(tmp_path, monkeypatch, source).S)
    assert [f.line for f in findings] == [9, 10]
    assert "self.cache.order(client_order_id).is_open" in findings[0].remedy


@pytest.mark.parametrize(
    "body",
    [
        f"self.order = {MADE}\no = self.cache.order(self.order.client_order_id)\no and o.is_open",  # the remedy
        f"self.order = {MADE}\nself.order = self.cache.order(self.order.client_order_id)\nself.order.is_open",
        "for order in self.cache.orders_open():\n    order.filled_qty",
        f"order = {MADE}\nself.submit_order(order)",
        "self.position = self.cache.positions_open()[0]\nself.position.is_open",
        "self.flag = quote\nself.flag.is_open",
    ],
)
def test_what_is_asked_of_the_cache_is_left_alone(body, tmp_path, monkeypatch):
    assert not found(tmp_path, monkeypatch, body)
