from decimal import Decimal

from nautilus_trader.model import NautilusDataType
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog import inventory
from sweep.catalog.demo.funding_rates import Funding, write

DAY = 86_400 * 10**9


def test_the_engine_reads_what_was_written(tmp_path):
    rates = [Funding(DAY, Decimal("0.000125"), 2 * DAY), Funding(2 * DAY, Decimal("-0.0003"), None)]
    write(tmp_path, "BTCUSDT-PERP.SIM", rates, 480)
    updates = ParquetDataCatalog(str(tmp_path)).query(NautilusDataType.FundingRateUpdate, ["BTCUSDT-PERP.SIM"])
    assert [Funding(f.ts_init, f.rate, f.next_funding_ns) for f in updates] == rates
    assert [f.interval for f in updates] == [480, 480]
    (entry,) = inventory.inventory(tmp_path)
    assert (entry.kind, entry.rows, entry.first, entry.last) == ("FundingRateUpdate", 2, DAY, 2 * DAY)
