"""The engine's own types from text and numbers."""

import pytest
from nautilus_trader import model

from sweep.backtest.user_code.coercion.engine_values import convert_native
from sweep.backtest.user_code.coercion.refusal import RefusedError


def test_a_near_miss_has_a_remedy():
    with pytest.raises(RefusedError) as caught:
        convert_native("NETING", model.OmsType)
    assert "NETTING" in caught.value.remedy


@pytest.mark.parametrize(("text", "amount"), [("100_000 USD", "100000.00 USD"), ("0.01 USD", "0.01 USD")])
def test_money_is_as_it_was_written(text, amount):
    assert str(convert_native(text, model.Money)) == amount


def test_a_number_is_a_quantity_with_the_decimals_of_its_text():
    assert convert_native(0.1, model.Quantity) == model.Quantity.from_str("0.1")
    assert convert_native(1e-7, model.Price).precision == 7
