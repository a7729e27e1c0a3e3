from decimal import Decimal
from pathlib import Path
from threading import Thread

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.model import Price, Quantity, QuoteTick
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import Pair
from sweep.catalog.ingest.store import instrument, store, usable
from sweep.catalog.ingest.ticks import Ticks
from sweep.catalog.tree import files
from sweep.errors import InputError
from tests.support.markets import SECOND, equity, ns, quotes, write

CABLE = Pair(id="GBP/USD.SIM").make()
START = ns("2026-05-04T13:30")


def ticks(rows: list[tuple[int, int, int, int]], start: int = START) -> Ticks:
    """From (nanoseconds after the start, bid, spread, size), in units of the last digit."""
    columns = np.array(rows, np.int64)
    bid, sizes = columns[:, 1], columns[:, 3]
    return Ticks(start + columns[:, 0], bid, bid + columns[:, 2], sizes, sizes + 1)


FEW = ticks([(n * SECOND, 158_000 + n, 10, 1_000_000) for n in range(3)])
ROW = st.tuples(st.integers(0, 10**12), st.integers(1, 10**12), st.integers(0, 100), st.integers(0, 10**9))


@settings(max_examples=25)  # each is a catalog on disk
@given(st.lists(ROW, min_size=1).map(sorted))
def test_the_engine_reads_what_it_would_have_written(tmp_path_factory, rows):
    catalog, made = tmp_path_factory.mktemp("store"), ticks(rows)
    store(catalog, CABLE, made)
    expected = [
        QuoteTick(
            CABLE.id, *(Price.from_decimal_dp(Decimal(int(p)).scaleb(-5), 5) for p in (bid, ask)),
            *(Quantity.from_int(int(s)) for s in sizes), int(ts), int(ts),
        )
        for ts, bid, ask, *sizes in zip(made.ts, made.bid, made.ask, made.bid_size, made.ask_size, strict=True)
    ]  # fmt: skip
    assert ParquetDataCatalog(str(catalog)).query_quote_ticks(["GBP/USD.SIM"]) == expected


def test_its_file_is_the_engine_s_own_but_for_the_encoding(tmp_path):
    ours, _ = store(tmp_path / "ours", CABLE, FEW)
    rows = [(int(t), b / 1e5, a / 1e5) for t, b, a in zip(FEW.ts, FEW.bid, FEW.ask, strict=True)]
    write(tmp_path / "engine", [CABLE], quotes=quotes(CABLE, rows))
    theirs = tmp_path / "engine" / ours.relative_to(tmp_path / "ours")
    assert pq.read_schema(ours).equals(pq.read_schema(theirs), check_metadata=True)
    assert pq.read_table(ours).column("bid_price").equals(pq.read_table(theirs).column("bid_price"))
    assert files(tmp_path / "ours") == files(tmp_path / "engine")


def test_again_is_not_new_and_touches_nothing(tmp_path):
    first, is_new = store(tmp_path, CABLE, FEW)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet")}
    assert is_new
    assert store(tmp_path, CABLE, FEW) == (first, False)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet")} == before


@pytest.mark.parametrize(
    "others",
    [
        ticks([(0, 158_000, 10, 1), (2 * SECOND, 158_000, 10, 1)]),  # the same name, other quotes
        ticks([(SECOND, 158_000, 10, 1)]),
        ticks([(-9 * SECOND, 158_000, 10, 1), (0, 158_000, 10, 1)]),
    ],
)
def test_other_quotes_of_the_same_time_are_refused(tmp_path, others):
    store(tmp_path, CABLE, FEW)
    before = files(tmp_path), [p.read_bytes() for p in sorted(tmp_path.rglob("*.parquet"))]
    with pytest.raises(InputError, match="holds other quotes of GBP/USD.SIM"):
        store(tmp_path, CABLE, others)
    assert (files(tmp_path), [p.read_bytes() for p in sorted(tmp_path.rglob("*.parquet"))]) == before


def test_what_comes_after_is_added(tmp_path):
    store(tmp_path, CABLE, FEW)
    store(tmp_path, CABLE, ticks([(3 * SECOND, 158_000, 10, 1)]))
    catalog = ParquetDataCatalog(str(tmp_path))
    assert len(catalog.query_quote_ticks(["GBP/USD.SIM"])) == 4
    assert len(catalog.instruments()) == 1


def test_of_writers_at_once_one_wins(tmp_path):
    found = list[object]()

    def put(start: int) -> None:
        try:
            found.append(store(tmp_path, CABLE, ticks([(0, start, 10, 1), (SECOND, start, 10, 1)]))[1])
        except InputError as error:
            found.append(type(error))

    writers = [Thread(target=put, args=(158_000 + n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(map(str, found)) == ["<class 'sweep.errors.InputError'>"] * 3 + ["True"]
    assert len(list(tmp_path.rglob("quotes/**/*.parquet"))) == 1


def test_nothing_is_left_of_a_write_that_fails(tmp_path, monkeypatch):
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", fails)
    with pytest.raises(OSError, match="No space"):
        store(tmp_path, CABLE, FEW)
    assert files(tmp_path) == []


def test_an_instrument_that_is_there_is_used_as_it_is(tmp_path):
    write(tmp_path, [equity("SPY.ARCA")])
    assert instrument(tmp_path, Pair(id="SPY.ARCA")).price_precision == 2
    with pytest.raises(InputError, match="the catalog defines SPY.ARCA with 2"):
        instrument(tmp_path, Pair(id="SPY.ARCA", precision=5))
    assert instrument(tmp_path, Pair(id="EUR/USD.SIM")).price_precision == 5


def test_what_can_be_filled(tmp_path):
    assert usable(tmp_path) == usable(tmp_path / "new") == []
    store(tmp_path / "catalog", CABLE, FEW)
    assert usable(tmp_path / "catalog") == []
    (problem,) = usable(tmp_path)
    assert (problem.where, problem.rule) == ("--catalog", "holds no data")
    next(Path(tmp_path / "catalog").rglob("quotes/**/*.parquet")).write_bytes(b"")
    assert "is damaged" in usable(tmp_path / "catalog")[0].rule
