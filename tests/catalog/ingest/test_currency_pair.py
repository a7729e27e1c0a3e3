from decimal import Decimal

import pytest

from sweep.catalog.ingest import InstrumentDraft


@pytest.mark.parametrize(("name", "digits"), [("GBP/USD.SIM", 5), ("USD/JPY.SIM", 3), ("EUR/HUF.IDEALPRO", 3)])
def test_a_currency_pair_from_its_name(name, digits):
    instrument = InstrumentDraft(id=name).make()
    base, quote = name.partition(".")[0].split("/")
    assert (str(instrument.id), instrument.base_currency.code, instrument.quote_currency.code) == (name, base, quote)
    assert (instrument.price_precision, instrument.price_increment.as_decimal()) == (digits, Decimal(10) ** -digits)
    assert (instrument.size_precision, instrument.size_increment.as_decimal()) == (0, 1)
    assert (instrument.margin_init, instrument.margin_maint) == (1, Decimal("0.5"))


def test_what_is_given_is_used():
    instrument = InstrumentDraft(id="EUR/USD.SIM", precision=6, margin="0.05").make()
    assert instrument.price_precision == 6
    assert (instrument.margin_init, instrument.margin_maint) == (Decimal("0.05"), Decimal("0.025"))


def test_every_wrong_value_at_once():
    wrong = InstrumentDraft(id="EURUSD", precision=17, margin="-1", size="many").problems()
    assert [p.where for p in wrong] == ["--instrument", "--precision", "--margin", "--size"]
    assert InstrumentDraft(id="EUR/USD.SIM").problems() == []
    for text in ("0", "NaN", "Infinity", ""):
        assert [p.where for p in InstrumentDraft(id="EUR/USD.SIM", size=text).problems()] == ["--size"]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("SPY.ARCA", "not that of a currency pair"), ("EUR/.SIM", "not that of a currency pair"),
        ("EUR/USX.SIM", "USX is no currency"), ("EUR/EUR.SIM", "two currencies"),
    ],
)  # fmt: skip
def test_a_name_that_makes_no_pair(name, rule):
    (problem,) = InstrumentDraft(id=name).unmakeable()
    assert rule in problem.rule


def test_both_unknown_currencies_are_said():
    assert len(InstrumentDraft(id="XXA/XXB.SIM").unmakeable()) == 2
    assert InstrumentDraft(id="EUR/USD.SIM").unmakeable() == []


def test_scripts_of_earlier_versions_find_it_under_its_former_name():
    from sweep.catalog.ingest import Pair

    assert Pair(id="EUR/USD.SIM") == InstrumentDraft(id="EUR/USD.SIM")
