"""Lots of the instruments of a catalog."""

from pathlib import Path

from nautilus_trader.model import Currency, CurrencyPair, InstrumentId, Price, Quantity, Symbol
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.demo.writer import bitcoin, spy
from sweep.catalog.instruments.stored import lots


def pair(lot: str | None) -> CurrencyPair:
    """Euros in dollars, traded in steps of 400."""
    euro, dollar = Currency.from_str("EUR"), Currency.from_str("USD")
    name = "EUR/USD" if lot else "EUR/AUD"
    return CurrencyPair(
        InstrumentId.from_str(f"{name}.SIM"), Symbol(name), euro, dollar, 5, 0, Price.from_str("0.00001"),
        Quantity.from_str("400"), 0, 0, lot_size=Quantity.from_str(lot) if lot else None,
    )  # fmt: skip


def test_the_step_of_sizes_is_a_multiple_of_increment_and_lot(tmp_path: Path):
    ParquetDataCatalog(str(tmp_path)).write_instruments([spy()])
    ParquetDataCatalog(str(tmp_path)).write_instruments([bitcoin()])  # its lot is 1, as of any without one
    ParquetDataCatalog(str(tmp_path)).write_instruments([pair("1000"), pair(None)])
    named = ["SPY.ARCA", "BTCUSDT-PERP.SIM", "EUR/USD.SIM", "EUR/AUD.SIM", "QQQ.ARCA", "QuoteTick", "m:Class"]
    steps = {"SPY.ARCA": "1", "BTCUSDT-PERP.SIM": "0.001", "EUR/USD.SIM": "2000", "EUR/AUD.SIM": "400"}
    assert lots(tmp_path, named) == steps
