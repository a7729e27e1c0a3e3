import pytest

from tests.port.snippets import in_method, kept

CHECK = "from nautilus_trader.core.correctness import PyCondition\n"
ROWS = {
    'PyCondition.is_true(a < b, "no")': 'if a >= b:\n    raise ValueError("no")',
    'PyCondition.is_true(a, "no")': 'if not a:\n    raise ValueError("no")',
    'PyCondition.is_true(a and b, "no")': 'if not (a and b):\n    raise ValueError("no")',
    'PyCondition.positive(x.y, "y")': 'if x.y <= 0:\n    raise ValueError("y must be positive")',
    'PyCondition.not_none(x, "x")': 'if x is None:\n    raise TypeError("x must not be None")',
    'PyCondition.type(x, int, "x")': 'if not isinstance(x, int):\n    raise TypeError("x has the wrong type")',
    'PyCondition.in_range(x, 1, 5, "x")': 'if not 1 <= x <= 5:\n    raise ValueError("x is out of range")',
    'PyCondition.not_empty(x, "x")': 'if not x:\n    raise ValueError("x must not be empty")',
    'PyCondition.is_in(k, {"a"}, "k", "d")': 'if k not in {"a"}:\n    raise ValueError("k must be in {a}")',
}


@pytest.mark.parametrize("old", ROWS)
def test_a_check_becomes_an_if(old):
    result = in_method(old, imports=CHECK)
    assert kept(result) == ROWS[old]
    assert "PyCondition" not in result.result and result.by_hand == 0


def test_a_check_without_a_substitute_is_told():
    assert in_method('PyCondition.dict_types(x, int, str, "x")', imports=CHECK).by_hand == 1


def test_a_callback_of_a_request_is_called_after_it():
    result = in_method("self.request_bars(t, start=s, callback=lambda _: self.subscribe_bars(t))")
    assert kept(result) == "self.request_bars(t, start=s)\nself.subscribe_bars(t)"
    result = in_method("self.request_quote_ticks(t, s, callback=self.done)")
    assert kept(result) == "request_id = self.request_quotes(t, s)\nself.done(request_id)"
    result = in_method("self.request_bars(t, s, callback=lambda i: self.done(i))")
    assert kept(result) == "i = self.request_bars(t, s)\nself.done(i)"


def test_an_order_is_modified_only_where_something_changes():
    assert kept(in_method("self.modify_order(order, price=p, quantity=q)")) == (
        "if p != order.price or q != order.quantity:\n    self.modify_order(order.client_order_id, price=p, quantity=q)"
    )
