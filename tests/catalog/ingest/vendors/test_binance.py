import zipfile
from pathlib import Path

import pytest
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import InstrumentDraft, binance
from sweep.errors import InputError
from tests.support import markets
from tests.support.commands import invoke
from tests.support.markets import ns

SPOT = InstrumentDraft(id="BTC/USDT.BINANCE", precision=2, size_precision=5)
PERP = InstrumentDraft(id="BTCUSDT-PERP.BINANCE")
T0 = ns("2024-01-05T00:00:00")
MS, US = T0 // 10**6, T0 // 10**3


def zipped(folder: Path, name: str, *lines: str) -> Path:
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.csv", "\n".join(lines) + "\n")
    return path


def catalog(result) -> ParquetDataCatalog:
    return ParquetDataCatalog(str(result.catalog))


def refused(*arguments) -> str:
    with pytest.raises(InputError) as error:
        binance(*arguments)
    return str(error.value)


def test_klines_of_spot(tmp_path):
    rows = [
        f"{MS + 60_000 * n},42000.0{n},42010.00,41990.00,42005.00,1.50000,{MS + 60_000 * n + 59_999},63000,99,1,1,0"
        for n in range(3)
    ]
    (result,) = binance([zipped(tmp_path, "BTCUSDT-1m-2024-01-05", *rows)], SPOT, tmp_path / "catalog")
    assert result.identifier == "BTC/USDT.BINANCE-1-MINUTE-LAST-EXTERNAL"
    held = catalog(result).query_bars([result.identifier])
    assert [(b.ts_init - T0, str(b.open), str(b.volume)) for b in held] == [
        (60 * 10**9 * (n + 1), f"42000.0{n}", "1.50000") for n in range(3)
    ]
    hourly = zipped(tmp_path, "BTCUSDT-4h-2025-01", f"{US},1,1,1,1,2,{US},1,1,1,1,0")  # spot of 2025: microseconds
    (result,) = binance([hourly], SPOT, tmp_path / "catalog")
    assert (result.identifier, result.first) == ("BTC/USDT.BINANCE-4-HOUR-LAST-EXTERNAL", T0 + 4 * 3600 * 10**9)


def test_trades_of_spot_and_of_futures_with_a_header(tmp_path):
    spot = zipped(
        tmp_path,
        "BTCUSDT-trades-2024-01-05",
        f"7,42000.01,0.5,21000,{MS},True,True",
        f"8,42000.02,0.5,21000,{MS + 1},False,True",
    )
    (result,) = binance([spot], SPOT, tmp_path / "spot")
    held = [
        (t.ts_init - T0, str(t.price), str(t.size), t.aggressor_side.name, str(t.trade_id))
        for t in catalog(result).query_trade_ticks([result.identifier])
    ]
    assert held == [(0, "42000.01", "0.50000", "SELL", "7"), (10**6, "42000.02", "0.50000", "BUY", "8")]
    markets.write(tmp_path / "perp", [markets.perpetual()])
    head = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
    futures = zipped(tmp_path, "BTCUSDT-aggTrades-2024-01", head, f"5,42000.1,0.5,1,2,{MS},true")
    (result,) = binance([futures], PERP, tmp_path / "perp")
    (trade,) = catalog(result).query_trade_ticks([result.identifier])
    assert (str(trade.price), str(trade.size), trade.aggressor_side.name, str(trade.trade_id)) == (
        "42000.1",
        "0.500",
        "SELL",
        "5",
    )


def test_book_tickers_are_known_at_the_time_of_their_event(tmp_path):
    markets.write(tmp_path / "perp", [markets.perpetual()])
    head = "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time"
    path = zipped(tmp_path, "BTCUSDT-bookTicker-2024-01-05", head, f"1,42000.1,2,42000.2,3.5,{MS},{MS + 4}")
    (result,) = binance([path], PERP, tmp_path / "perp")
    (quote,) = catalog(result).query_quote_ticks([result.identifier])
    assert (quote.ts_init - T0, str(quote.bid_price), str(quote.ask_price)) == (4 * 10**6, "42000.1", "42000.2")
    assert (str(quote.bid_size), str(quote.ask_size)) == ("2.000", "3.500")


def test_several_files_in_order_and_again(tmp_path):
    days = [
        zipped(
            tmp_path, f"BTCUSDT-trades-2024-01-0{n}", f"{n},42000.01,0.5,21000,{MS + 86_400_000 * (n - 5)},True,True"
        )
        for n in (7, 5, 6)
    ]
    results = binance(days, SPOT, tmp_path / "catalog")
    assert [d.first for d in results] == sorted(d.first for d in results)
    assert not any(d.is_new for d in binance(days, SPOT, tmp_path / "catalog"))
    process = invoke("catalog", "ingest", "binance", *days, "--instrument", SPOT.id, "--catalog", tmp_path / "catalog")
    assert process.stdout.count("unchanged") == 3


def test_every_wrong_file_at_once(tmp_path):
    good = f"7,42000.01,0.5,21000,{MS},True,True"
    files = [
        zipped(tmp_path, "BTCUSDT-trades-2024-01-05", good), zipped(tmp_path, "ETHUSDT-trades-2024-01-05", good),
        zipped(tmp_path, "BTCUSDT-1w-2024-01", good), zipped(tmp_path, "BTCUSDT-depth-2024-01", good),
        zipped(tmp_path, "BTCUSDT-1m-2024-01", good),
        zipped(tmp_path, "BTCUSDT-trades-2024-02", good.replace(str(MS), "17")),
        tmp_path / "BTCUSDT-1m-2024-03.zip", zipped(tmp_path, "trades", good),
    ]  # fmt: skip
    (tmp_path / "BTCUSDT-1m-2024-04.zip").write_bytes(files[0].read_bytes()[:60])
    message = refused([*files, tmp_path / "BTCUSDT-1m-2024-04.zip"], SPOT, tmp_path / "catalog")
    for part in (
        "must be files of one symbol", "holds 1w", "holds depth", "has 7 columns; klines have 11 or 12",
        "has times of 2 digits", "is no file", "must be named as on data.binance.vision",
        "2024-04.zip: File is not a zip",
    ):  # fmt: skip
        assert part in message
    assert not (tmp_path / "catalog").exists()
