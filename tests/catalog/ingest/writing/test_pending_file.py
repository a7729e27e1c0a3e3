import random
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.catalog.ingest.data_kinds import ticks_table
from sweep.catalog.ingest.parsing.decimals import decimals
from sweep.catalog.ingest.writing.engine_schema import bars_of, quotes_of
from sweep.catalog.ingest.writing.pending_file import PendingFile, in_order, moments
from tests.support.effort import repeats
from tests.support.markets import SECOND
from tests.support.pending_files import CABLE, START, drafted, few, ticks

ROW = st.tuples(st.integers(0, 9), st.integers(1, 3), st.just(1), st.just(1))


def held(draft: PendingFile) -> list[tuple[int, int]]:
    """(time after the start, bid) of what was written."""
    table = pq.read_table(draft.path)
    bids = [int(v.scaleb(5)) for v in table["bid_price"].to_pylist()]
    return list(zip((moments(table) - START).tolist(), bids, strict=True))


def expected(parts) -> list[tuple[int, int]]:
    """In order of time, else as given; of equal ones in a row the first."""
    rows = sorted(((t, bid) for part in parts for t, bid, *_ in part), key=lambda row: row[0])
    return [row for n, row in enumerate(rows) if n == 0 or row != rows[n - 1]]


@settings(max_examples=repeats(60, quick=25))
@given(st.lists(st.lists(ROW, max_size=12), min_size=1, max_size=5).filter(any))
def test_any_parts_come_out_in_order_each_once(tmp_path_factory, parts):
    draft = drafted(tmp_path_factory.mktemp("draft") / "file", *parts)
    assert held(draft) == expected(parts)
    total = sum(map(len, parts))
    assert draft.rows == total - draft.dropped["quotes twice"] == len(expected(parts))
    assert (draft.first, draft.last) == (START + expected(parts)[0][0], START + expected(parts)[-1][0])


def test_late_rows_are_counted_once_each(tmp_path):
    draft = drafted(tmp_path / "file", few(3), [(SECOND // 2, 9, 1, 1), (9 * SECOND, 9, 1, 1), (SECOND, 9, 1, 1)])
    assert draft.noticed == {"quotes out of order": 2}
    assert [t for t, _ in held(draft)] == [0, SECOND // 2, SECOND, SECOND, 2 * SECOND, 9 * SECOND]
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_newest_first_holds_one_part_at_a_time(tmp_path):
    parts = [[(n * 1000 + k, n, 1, 1) for k in range(999, -1, -1)] for n in range(20, 0, -1)]
    draft = drafted(tmp_path / "file", *parts, gather=1000)
    (tmp_path / "late").mkdir()
    late = drafted(tmp_path / "late" / "file", *[sorted(part) for part in parts[::-1]])
    assert held(draft) == held(late)
    newest_first = pq.read_table(late.path).take(np.arange(19_999, -1, -1))
    pq.write_table(newest_first, tmp_path / "newest", row_group_size=1000)
    assert [len(part.table) for part in in_order([tmp_path / "newest"])] == [1000] * 20


def test_files_together_keep_their_order_at_one_time(tmp_path):
    paths = []
    for n in range(3):
        rows = [(random.Random(n * 100 + k).randrange(5), 100 * n + k, 1, 1) for k in range(50)]
        paths.append(drafted(tmp_path / str(n), rows).path)
    parts = list(in_order(paths))
    keys = [(int(t), int(f)) for part in parts for t, f in zip(moments(part.table), part.file, strict=True)]
    assert keys == sorted(keys)
    assert all(a.table["ts_init"][-1].value < b.table["ts_init"][0].value for a, b in pairwise(parts))


def test_two_different_bars_of_one_time(tmp_path):
    shelf = bars_of(CABLE, "GBP/USD.SIM-1-MINUTE-BID-EXTERNAL")
    table = quotes_as_bars(shelf, [1, 1, 2])
    draft = PendingFile(tmp_path / "bars", shelf.schema, "bars", one_at_a_time=True)
    draft.add(table.take([0, 1, 2]))
    assert draft.dropped == {"bars twice": 1}
    with pytest.raises(ValueError, match="two different bars of 2026-05-04T13:30:02"):
        draft.add(quotes_as_bars(shelf, [2], volume=7))


def quotes_as_bars(shelf, seconds, volume=1):
    ones = np.ones(len(seconds), np.int64)
    ts = pa.array(START + np.array(seconds) * SECOND, pa.timestamp("ns", "UTC"))
    prices = dict.fromkeys(("open", "high", "low", "close"), decimals(ones, 5))
    return shelf.table({**prices, "volume": decimals(volume * ones, 0), "ts_event": ts, "ts_init": ts})


def test_repeated_rows_may_be_kept(tmp_path):
    shelf = quotes_of(CABLE)
    draft = PendingFile(tmp_path / "file", shelf.schema, "events", keeps_repeated=True)
    draft.add(ticks_table(shelf, ticks([*few(1), *few(1)]), 5, 0))
    draft.close()
    assert draft.rows == 2
