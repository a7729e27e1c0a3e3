"""Definitions from templates, files and other catalogs."""

import json
import re
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from nautilus_trader.model import Equity, Price, Quantity
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.instruments.builder import CLASSES
from sweep.catalog.instruments.writer import TEMPLATES, from_catalog, from_file, from_template, write
from sweep.catalog.verify.verifier import verify
from sweep.errors import InputError
from tests.support import markets
from tests.support.commands import invoke
from tests.support.markets import ns

IDS = {
    "equity": "SPY.ARCA",
    "fx_pair": "EUR/USD.SIM",
    "cme_future": "ESM6.XCME",
    "spy_option": "SPY260508C00725000.OPRA",
    "binance_perpetual": "BTCUSDT-PERP.BINANCE",
    "crypto_pair": "BTC/USDT.BINANCE",
}
EXPIRES = {"expiration_ns": "2026-06-19T13:30:00Z"}


def made(template: str, **values: Any) -> Any:
    more = EXPIRES if template == "cme_future" else {}
    (one,) = from_template(template, [IDS[template]], more | values)
    return one


def refusals(make: Any, *arguments: Any) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        make(*arguments)
    return {p.where: f"{p.rule}; {p.remedy}" for p in caught.value.problems}


def test_there_is_a_template_of_each():
    assert set(TEMPLATES) == set(IDS)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_goes_through_a_catalog(template, tmp_path):
    instrument = made(template)
    assert type(instrument).__name__ == TEMPLATES[template].type
    assert write(tmp_path / "catalog", [instrument]).new == (IDS[template],)
    (read,) = ParquetDataCatalog(str(tmp_path / "catalog")).instruments()
    assert read.to_dict() == instrument.to_dict()
    assert (read.margin_init, read.margin_maint) == (1, 1)


def test_what_follows_from_the_id():
    option, pair, yen = made("spy_option"), made("fx_pair"), from_template("fx_pair", ["USD/JPY.SIM"], {})[0]
    assert (str(option.underlying), option.option_kind.name, option.strike_price) == (
        "SPY",
        "CALL",
        Price.from_str("725.00"),
    )
    assert option.expiration_ns == ns("2026-05-08T20:00:00")  # 16:00 in New York, in summer
    assert option.multiplier == Quantity.from_int(100)
    assert (str(pair.base_currency), str(pair.quote_currency), pair.price_precision) == ("EUR", "USD", 5)
    assert yen.price_precision == 3
    assert made("cme_future").underlying == "ES"
    perpetual = made("binance_perpetual")
    assert [str(c) for c in (perpetual.base_currency, perpetual.settlement_currency)] == ["BTC", "USDT"]


def test_a_value_can_be_another():
    future = made("cme_future", price_increment="0.10", multiplier=100, margin_init=0.05)
    assert (future.price_precision, future.multiplier, future.margin_init) == (
        2,
        Quantity.from_int(100),
        Decimal("0.05"),
    )


@pytest.mark.parametrize(
    ("template", "name", "values", "where", "message"),
    [
        ("equiti", "SPY.ARCA", {}, "SPY.ARCA.template", "did you mean 'equity'?"),
        ("equity", "SPY", {}, "SPY.id", "must be SYMBOL.VENUE"),
        ("equity", "SPY.ARCA", {"margin_int": 1}, "SPY.ARCA.margin_int", "did you mean 'margin_init'"),
        ("equity", "SPY.ARCA", {"currency": "USX"}, "SPY.ARCA.currency", "is refused"),
        ("equity", "SPY.ARCA", {"price_increment": "-0.01"}, "SPY.ARCA.price_increment", "must be above 0"),
        ("equity", "SPY.ARCA", {"price_increment": "a"}, "SPY.ARCA.price_increment", "must be a number"),
        ("cme_future", "ESM6.XCME", {}, "ESM6.XCME.expiration_ns", "is missing"),
        ("cme_future", "es.XCME", EXPIRES, "es.XCME.id", "such as ESM6.XCME"),
        ("cme_future", "ESM6.XCME", EXPIRES | {"asset_class": "INDX"}, "ESM6.XCME.asset_class", "INDEX"),
        ("spy_option", "SPY.OPRA", {}, "SPY.OPRA.id", "OCC symbol"),
        ("spy_option", "SPY261350C00725000.OPRA", {}, "SPY261350C00725000.OPRA.id", "has no day"),
        ("fx_pair", "EURUSD.SIM", {}, "EURUSD.SIM.id", "BASE/QUOTE"),
        ("binance_perpetual", "BTCUSDT.BINANCE", {}, "BTCUSDT.BINANCE.id", "-PERP"),
        ("binance_perpetual", "BTCUSDT-PERP.BINANCE", {"is_inverse": "no"}, "BTCUSDT-PERP.BINANCE.is_inverse", "true"),
    ],
)
def test_what_is_refused(template, name, values, where, message):
    assert message in refusals(from_template, template, [name], values)[where]


FILE = """
instruments:
  - { id: SPY.ARCA, template: equity, margin_init: 0.5 }
  - id: GC.XCEC
    type: Commodity
    asset_class: commodity
    quote_currency: USD
    price_increment: "0.10"
    size_increment: "1"
"""


def test_a_file(tmp_path):
    (tmp_path / "mine.yaml").write_text(FILE)
    stock, gold = from_file(tmp_path / "mine.yaml")
    assert isinstance(stock, Equity)
    assert stock.margin_init == Decimal("0.5")
    assert (type(gold).__name__, gold.price_precision) == ("Commodity", 2)


def test_every_mistake_of_a_file_at_once_with_its_line(tmp_path):
    (tmp_path / "mine.yaml").write_text(FILE.replace("equity", "stock").replace("Commodity", "Comodity"))
    with pytest.raises(InputError) as caught:
        from_file(tmp_path / "mine.yaml")
    assert [(p.where, p.line) for p in caught.value.problems] == [
        ("instruments.0.template", 3),
        ("instruments.1.type", 5),
    ]
    (tmp_path / "empty.yaml").write_text("instruments: []")
    assert "must hold a list" in next(iter(refusals(from_file, tmp_path / "empty.yaml").values()))


def test_twice_changes_nothing_and_another_is_refused_unless_it_replaces(tmp_path):
    place = tmp_path / "catalog"
    stock = markets.equity(margin="1")
    assert write(place, [stock]).new == ("SPY.ARCA",)
    assert write(place, [markets.equity(margin="1")]).unchanged == ("SPY.ARCA",)
    other = markets.equity(margin="0.5")
    assert "is defined otherwise" in refusals(write, place, [other])["SPY.ARCA"]
    assert write(place, [other], replace=True).replaced == ("SPY.ARCA",)
    assert [i.margin_init for i in ParquetDataCatalog(str(place)).instruments()] == [Decimal("0.5")]


def test_from_another_catalog(tmp_path):
    markets.write(tmp_path / "a", [markets.equity(), markets.pair()])
    assert [str(i.id) for i in from_catalog(tmp_path / "a")] == ["EUR/USD.SIM", "SPY.ARCA"]
    (pair,) = from_catalog(tmp_path / "a", ["EUR/USD.SIM"])
    write(tmp_path / "b", [pair])
    assert [f.code for f in verify(tmp_path / "b")] == ["no-data"]
    assert "did you mean" in refusals(from_catalog, tmp_path / "a", ["EUR/USD.SIN"])["--id"]


def test_the_command(tmp_path):
    place = tmp_path / "catalog"
    assert "spy_option" in invoke("catalog", "instruments").stdout
    assert json.loads(invoke("catalog", "instruments", "--json").stdout)["equity"]["type"] == "Equity"
    options = (
        "--template",
        "equity",
        "--id",
        "SPY.ARCA",
        "--id",
        "QQQ.XNAS",
        "--set",
        "margin_init=0.5",
        "--catalog",
        place,
    )
    assert json.loads(invoke("catalog", "instruments", *options, "--json").stdout)["new"] == ["SPY.ARCA", "QQQ.XNAS"]
    assert "unchanged: SPY.ARCA, QQQ.XNAS" in invoke("catalog", "instruments", *options).stdout
    (tmp_path / "mine.yaml").write_text(FILE)
    assert (
        "wrote GC.XCEC"
        in invoke("catalog", "instruments", tmp_path / "mine.yaml", "--catalog", place, "--replace").stdout
    )
    invoke("catalog", "instruments", "--catalog", place, code=2)
    invoke("catalog", "instruments", "--template", "equity", "--catalog", place, code=2)
    invoke("catalog", "instruments", *options, "--set", "margin", code=2)


COINS = """\
currencies: [PEPE, 1000SHIB]
instruments:
  - { id: PEPEUSDT-PERP.BINANCE, template: binance_perpetual, price_increment: "0.0000001", size_increment: "1" }
  - { id: 1000SHIB/USDT.BINANCE, template: crypto_pair, price_increment: "0.000001", size_increment: "1" }
"""


def test_coins_that_the_engine_does_not_know(tmp_path):
    """In a process of its own, as what is declared stays known; and read again in another."""
    (tmp_path / "i.yaml").write_text(COINS)
    catalog = tmp_path / "catalog"
    command = [sys.executable, "-m", "sweep", "catalog", "instruments"]
    subprocess.run([*command, tmp_path / "i.yaml", "--catalog", catalog], check=True, capture_output=True)
    alone = [*command, "--template", "crypto_pair", "--id", "BONK/USDT.X", "--catalog", catalog]
    refused = subprocess.run(alone, check=False, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "BONK is no currency that the engine knows; where it is a coin, declare it: --currency" in refused.stderr
    subprocess.run([*alone, "--currency", "BONK"], check=True, capture_output=True)
    read = (
        "import sys; from nautilus_trader.persistence import ParquetDataCatalog as Catalog; "
        "print(*sorted(str(i.base_currency) for i in Catalog(sys.argv[1]).instruments()))"
    )
    process = subprocess.run([sys.executable, "-c", read, catalog], capture_output=True, text=True, check=True)
    assert process.stdout.split() == ["1000SHIB", "BONK", "PEPE"]


def test_a_code_that_can_be_none(tmp_path):
    (tmp_path / "i.yaml").write_text(COINS.replace("PEPE, 1000SHIB", "pepe coin"))
    assert "must be the code of a coin" in refusals(from_file, tmp_path / "i.yaml")["currencies"]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_value_that_a_class_lacks_is_named_and_the_examples_make_it(tmp_path, kind):
    file = tmp_path / "i.yaml"
    file.write_text(json.dumps({"instruments": [{"id": "AAA.XNAS", "type": kind}]}))
    messages = refusals(from_file, file)
    assert messages
    assert all(text.startswith("is missing") for text in messages.values())
    examples = dict(re.search(r"such as (\w+)=(\S+)", text).groups() for text in messages.values())  # type: ignore[union-attr]
    values = {key: {"false": False}.get(text, text) for key, text in examples.items()}
    file.write_text(json.dumps({"instruments": [{"id": "AAA.XNAS", "type": kind, **values}]}))
    (made_of,) = from_file(file)
    assert type(made_of).__name__ == kind
