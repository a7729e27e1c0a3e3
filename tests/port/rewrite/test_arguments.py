import pytest

from tests.port.snippets import in_method, kept

ROWS = {
    "self.subscribe_order_book_deltas(i)": "self.subscribe_book_deltas(i, book_type=BookType.L2_MBP, managed=True)",
    "self.subscribe_order_book_deltas(i, BookType.L3_MBO, 0)": (
        "self.subscribe_book_deltas(i, book_type=BookType.L3_MBO, managed=True)"
    ),
    "self.subscribe_order_book_deltas(i, managed=False, book_type=t, pyo3_conversion=False)": (
        "self.subscribe_book_deltas(i, managed=False, book_type=t)"
    ),
    "self.subscribe_order_book_at_interval(i, t, 10, 500)": (
        "self.subscribe_book_at_interval(i, book_type=t, depth=10, interval_ms=500)"
    ),
    "self.subscribe_quote_ticks(i, client_id=c, update_catalog=False)": "self.subscribe_quotes(i, client_id=c)",
    "self.unsubscribe_order_book_at_interval(i)": "self.unsubscribe_book_at_interval(i, interval_ms=1000)",
    "self.clock.set_time_alert('a', t, self.f, override=True)": "self.clock.set_time_alert('a', t, self.f)",
    "self.log.exception('m', error)": "self.log.exception('m')",
    "x = BarType(instrument_id=i, bar_spec=s)": "x = BarType(instrument_id=i, spec=s)",
    "x = self.order_factory.trailing_stop_limit(i, s, q, a, b)": (
        "x = self.order_factory.trailing_stop_limit(i, order_side=s, quantity=q, limit_offset=a, trailing_offset=b, price=None)"
    ),
    "x = self.order_factory.trailing_stop_market(i, s, q, o, None, p)": (
        "x = self.order_factory.trailing_stop_market(i, s, q, o, activation_price=None, trigger_price=p)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("old", ROWS)
def test_arguments_are_those_that_2_takes(old):
    result = in_method(old, imports="from nautilus_trader.model.enums import BookType\n")
    assert kept(result) == ROWS[old]
    assert result.by_hand == 0


def test_what_is_added_follows_the_layout_of_the_call():
    code = "self.subscribe_order_book_deltas(\n    i,\n    client_id=c,\n)"
    assert kept(in_method(code)) == (
        "self.subscribe_book_deltas(\n    i,\n    client_id=c,\n    book_type=BookType.L2_MBP,\n    managed=True,\n)"
    )
