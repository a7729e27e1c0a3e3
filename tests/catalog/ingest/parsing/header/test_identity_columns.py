import pytest

from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.identity_columns import identity_columns, mixes_kinds, of_noun


@pytest.mark.parametrize(
    "name",
    ["instrument_name", "contract_code", "Trade Symbol", "assetName", "FUT_CONTRACT", "underlying_symbol", "#RIC",
     "coin id", "Sec Isin", "type", "EventType", "Market"],
)  # fmt: skip
def test_names_that_tell_rows_apart(name):
    assert identity_columns({name: ["AAA", "BBB"], "price": ["1", "2"]}, ["price"], Layout()) == (name,)


@pytest.mark.parametrize(
    ("name", "values"),
    [("Stock Splits", ["0.0", "2.0"]), ("quote_asset_volume", ["1.5", "2"]), ("market_session", ["pre", "regular"]),
     ("asset_class", ["x", "y"]), ("contract_volume", ["5", "6"]), ("instrument_status", ["open", "halt"]),
     ("index", ["0", "1"]), ("conditions", ["@", "I"])],
)  # fmt: skip
def test_names_that_tell_something_else(name, values):
    assert identity_columns({name: values}, [], Layout()) == ()


def test_what_is_ignored_or_used_tells_nothing():
    sample = {"symbol": ["A", "B"], "ticker": ["A", "B"]}
    assert identity_columns(sample, ["ticker"], Layout(ignored=["symbol"])) == ()


def test_kinds():
    assert mixes_kinds(["TRADE NB", "QUOTE BID"])
    assert mixes_kinds(["A", "TRADE"])
    assert not mixes_kinds(["TRADE", "TRADE LATE"])
    assert not mixes_kinds(["market", "limit"])
    assert not mixes_kinds(["buy", "sell"])
    assert of_noun(["QUOTE BID", "TRADE NB"], "trades") == "TRADE NB"
    assert of_noun(["x", "y"], "quotes") == "x"
