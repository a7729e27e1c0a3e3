import ast

import pytest

from sweep.port.script.values import Unknown, Values

NAMES = {"pair": "CurrencyPair(instrument_id=InstrumentId.from_str('EUR/USD.SIM'))", "n": "5", "loop": "loop"}
ROWS = {
    "-3": -3,
    "[1, 'a', True]": [1, "a", True],
    "{'a': n}": {"a": 5},
    "Decimal('0.10')": "0.10",
    "Decimal(1)": 1,
    "Money(1_000_000, USD)": "1000000 USD",
    "Money.from_str('10 USD')": "10 USD",
    "Venue('SIM')": "SIM",
    "OmsType.NETTING": "NETTING",
    "enums.OmsType.NETTING": None,
    "Currency.from_str('USD')": "USD",
    "USDT": "USDT",
    "InstrumentId.from_str('A.B')": "A.B",
    "InstrumentId(symbol=Symbol('A'), venue=Venue('B'))": "A.B",
    "BarType.from_str(f'{pair.id}-{n}-MINUTE-BID-EXTERNAL')": "EUR/USD.SIM-5-MINUTE-BID-EXTERNAL",
    "pd.Timestamp('2020-01-01', tz='UTC')": "2020-01-01",
    "datetime(2020, 1, 2)": "2020-01-02",
    "str(n)": "5",
    "f(1)": None,
    "loop": None,
    "pair.price_increment": None,
    "[f(1)]": None,
}


@pytest.mark.parametrize("code", ROWS)
def test_what_the_text_tells(code):
    values = Values({name: ast.parse(text, mode="eval").body for name, text in NAMES.items()})
    value = values.of(ast.parse(code, mode="eval").body)
    assert isinstance(value, Unknown) if ROWS[code] is None else value == ROWS[code]


@pytest.mark.parametrize(
    ("code", "instrument_id"),
    [("TestInstrumentProvider.default_fx_ccy('AUD/USD', venue=Venue('X'))", "AUD/USD.X"),
     ("TestInstrumentProvider.equity(symbol='AAPL')", "AAPL.XNAS"), ("Equity(InstrumentId.from_str('A.B'))", "A.B")],
)  # fmt: skip
def test_the_id_of_an_instrument_that_a_script_makes(code, instrument_id):
    assert Values().instrument_id(ast.parse(code, mode="eval").body) == instrument_id


def test_an_instrument_of_a_function_is_unknown():
    assert isinstance(Values().instrument_id(ast.parse("future(2024, 3)", mode="eval").body), Unknown)
