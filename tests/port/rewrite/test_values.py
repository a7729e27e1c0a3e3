import pytest

from tests.port.snippets import in_method, in_strategy, kept

IMPORTS = (
    "from nautilus_trader.model.data import Bar, BarSpecification\n"
    "from nautilus_trader.model.enums import BarAggregation, OrderSide\n"
    "from nautilus_trader.model.objects import Money, Price, Quantity\n"
)
ROWS = {
    "x = bar.close * bar.volume": "x = bar.close * bar.volume.as_decimal()",
    "x = bar.volume * self.cache.quote_tick(i).bid_price": "x = bar.volume * self.cache.quote(i).bid_price.as_decimal()",
    "x = Price.from_str('1.0') * (Quantity.from_int(2))": "x = Price.from_str('1.0') * (Quantity.from_int(2)).as_decimal()",
    "x = bar.close * 2": "x = bar.close * 2",
    "x = bar.close - bar.open": "x = bar.close - bar.open",
    "x = Money('10_000', USD)": "x = Money(10_000, USD)",
    "x = Money(amount, USD)": "x = Money(amount, USD)",
    "x = Quantity.from_int(self.size)": "x = Quantity.from_int(int(self.size))",
    "x = Quantity.from_int(5)": "x = Quantity.from_int(5)",
    "x = Quantity.from_int(int(y))": "x = Quantity.from_int(int(y))",
    "x = BarAggregation(bar.bar_type.spec.aggregation).name": "x = bar.bar_type.spec.aggregation.name",
    "x = Bar(t, o, h, l, c, v, 1, 2, False)": "x = Bar(t, o, h, l, c, v, 1, 2)",
    "x = Bar(t, o, h, l, c, v, 1, 2, is_revision=True)": "x = Bar(t, o, h, l, c, v, 1, 2)",
    "x = self.cache.instrument(i).make_qty('10')": "x = self.cache.instrument(i).make_qty(10)",
}


@pytest.mark.parametrize("old", ROWS)
def test_a_value_is_of_the_type_that_2_takes(old):
    result = in_method(old, imports=IMPORTS)
    assert kept(result) == ROWS[old]
    assert result.by_hand == 0


def test_a_member_by_its_number_is_told():
    result = in_method("x = OrderSide(1)", imports=IMPORTS)
    assert result.by_hand == 1 and "OrderSide.NAME" in result.notes[0].remedy


def test_the_time_is_a_timestamp_where_the_file_uses_one():
    plain = in_method("x = self.clock.utc_now().hour")
    assert kept(plain) == "x = self.clock.utc_now().hour" and "Timestamp" not in plain.result
    result = in_method("now = self.clock.utc_now()\nx = now.tz_convert('America/New_York')")
    assert (
        kept(result).startswith("now = Timestamp(self.clock.utc_now())")
        and "from pandas import Timestamp" in result.result
    )


def test_prices_of_an_instrument_are_rounded_as_in_1_on_demand():
    ported = in_method("x = self.cache.instrument(i).make_price(bar.close + 1)")
    assert [note.rule for note in ported.notes] == ["make_price"] and ported.by_hand == 0
    result = in_method("x = self.cache.instrument(i).make_price(bar.close + 1)", compat=True)
    assert kept(result) == "x = make_price(self.cache.instrument(i), bar.close + 1)"
    assert "from sweep.compat import make_price" in result.result and result.notes == []


def test_a_make_price_of_the_users_own_stays():
    body = "def make_price(self, x):\n    return x\n\ndef on_bar(self, bar: Bar) -> None:\n    self.make_price(1)"
    assert kept(in_strategy(body, compat=True)) == "self.make_price(1)"
