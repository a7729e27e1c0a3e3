import json
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.model import Price, Quantity, QuoteTick
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.data_files import MERGING
from sweep.catalog.ingest.writing import transaction as module
from sweep.catalog.ingest.writing.engine_schema import quotes_of
from sweep.catalog.ingest.writing.transaction import filling, usable
from sweep.catalog.spec_check import unusable
from sweep.common.files.atomic_directory import files
from sweep.errors import InputError
from tests.support.effort import repeats
from tests.support.markets import SECOND, quotes, write
from tests.support.pending_files import CABLE, START, drafted, few, stored, ticks

ROW = st.tuples(st.integers(0, 10**12), st.integers(1, 10**12), st.integers(0, 100), st.integers(0, 10**9))


def held(catalog: Path) -> list[tuple[int, int]]:
    """(time after the start, bid) of every quote, as the engine reads them."""
    return [
        (q.ts_init - START, round(q.bid_price.as_decimal() * 10**5))
        for q in ParquetDataCatalog(str(catalog)).query_quote_ticks(["GBP/USD.SIM"])
    ]


def state(catalog: Path) -> dict[str, tuple[bytes, int]]:
    return {str(n): ((catalog / n).read_bytes(), (catalog / n).stat().st_mtime_ns) for n in files(catalog)}


@settings(max_examples=repeats(25, quick=12))  # each is a catalog on disk
@given(st.lists(ROW, min_size=1, unique=True).map(sorted))
def test_the_engine_reads_what_it_would_have_written(tmp_path_factory, rows):
    catalog, written = tmp_path_factory.mktemp("store"), ticks(rows)
    stored(catalog, rows)
    expected = [
        QuoteTick(
            CABLE.id, *(Price.from_decimal_dp(Decimal(int(p)).scaleb(-5), 5) for p in (bid, ask)),
            *(Quantity.from_int(int(s)) for s in sizes), int(ts), int(ts),
        )
        for ts, bid, ask, *sizes in zip(
            written.ts, written.bid, written.ask, written.bid_size, written.ask_size, strict=True
        )
    ]  # fmt: skip
    assert ParquetDataCatalog(str(catalog)).query_quote_ticks(["GBP/USD.SIM"]) == expected


def test_its_file_is_the_engine_s_own_but_for_the_encoding(tmp_path):
    ours = stored(tmp_path / "ours", few()).path
    rows = [(START + t, bid / 1e5, (bid + spread) / 1e5) for t, bid, spread, _ in few()]
    write(tmp_path / "engine", [CABLE], quotes=quotes(CABLE, rows))
    mine, theirs = (pq.ParquetFile(tmp_path / name / ours) for name in ("ours", "engine"))
    assert mine.schema_arrow.equals(theirs.schema_arrow, check_metadata=True)
    assert mine.read().column("bid_price").equals(theirs.read().column("bid_price"))
    assert files(tmp_path / "ours") == files(tmp_path / "engine")


def test_again_is_not_new_and_touches_nothing(tmp_path):
    first = stored(tmp_path, few())
    before = state(tmp_path)
    assert (first.added, stored(tmp_path, few()).added, stored(tmp_path, few(), merge=True).added) == (3, 0, 0)
    assert stored(tmp_path, few(2)).added == 0  # a part of what is there
    assert state(tmp_path) == before


OTHERS = [
    [(0, 158_000, 10, 1), (2 * SECOND, 158_000, 10, 1)],  # the same name, other quotes
    [(SECOND, 158_000, 10, 1)],
    [(-9 * SECOND, 158_000, 10, 1), (0, 158_000, 10, 1_000_000)],
]


@pytest.mark.parametrize("others", OTHERS)
def test_other_quotes_of_the_same_time_are_refused(tmp_path, others):
    stored(tmp_path, few())
    before = state(tmp_path)
    with pytest.raises(InputError, match="holds other quotes of GBP/USD.SIM") as error:
        stored(tmp_path, others)
    new = len(others) - (others is OTHERS[2])
    assert f"--merge adds the {new} that it does not hold" in str(error.value)
    assert state(tmp_path) == before


def test_on_request_they_are_merged(tmp_path):
    stored(tmp_path, few(2))
    stored(tmp_path, [(10 * SECOND, 5, 1, 1)])
    new = [
        (-SECOND, 1, 1, 1),
        (0, 158_000, 10, 1_000_000),
        (SECOND, 2, 1, 1),
        (SECOND, 158_001, 10, 1_000_000),
        (11 * SECOND, 3, 1, 1),
    ]
    assert stored(tmp_path, new, merge=True).added == 3
    merged = [(-SECOND, 1), (0, 158_000), (SECOND, 158_001), (SECOND, 2), (10 * SECOND, 5), (11 * SECOND, 3)]
    assert held(tmp_path) == merged
    assert len(list(tmp_path.rglob("quotes/**/*.parquet"))) == 1
    before = state(tmp_path)
    assert stored(tmp_path, new, merge=True).added == stored(tmp_path, few(2)).added == 0
    assert state(tmp_path) == before


def test_a_quote_that_comes_back_at_one_time_is_kept(tmp_path):
    there_and_back = [(0, 1, 1, 1), (0, 2, 1, 1), (0, 1, 1, 1)]
    stored(tmp_path, [(0, 1, 1, 1)])
    assert stored(tmp_path, there_and_back, merge=True).added == 2
    assert held(tmp_path) == [(0, 1), (0, 2), (0, 1)]


@pytest.mark.parametrize("broken", ["unlink", "replace"])
def test_a_merge_that_was_cut_off_is_finished_by_the_next(tmp_path, monkeypatch, broken):
    stored(tmp_path, few(2))
    stored(tmp_path, [(10 * SECOND, 5, 1, 1)])

    def cut(self: Path, *arguments: object, **more: object) -> None:
        if self.name.startswith("2026") if broken == "unlink" else self.name == "whole.parquet":
            raise KeyboardInterrupt
        real(self, *arguments, **more)

    real = getattr(Path, broken)
    with monkeypatch.context() as patch:
        patch.setattr(Path, broken, cut)
        with pytest.raises(KeyboardInterrupt):
            stored(tmp_path, [(5 * SECOND, 7, 1, 1), (10 * SECOND, 6, 1, 1)], merge=True)
    assert "was interrupted while it replaced files" in next(iter(unusable(tmp_path))).rule
    assert usable(tmp_path) == []
    with filling(tmp_path):
        pass
    assert held(tmp_path) == [(0, 158_000), (SECOND, 158_001), (5 * SECOND, 7), (10 * SECOND, 5), (10 * SECOND, 6)]
    assert not (tmp_path / MERGING).exists()


def test_a_merge_that_never_became_a_plan_leaves_what_was(tmp_path):
    stored(tmp_path, few())
    before = state(tmp_path)
    (tmp_path / MERGING).mkdir()
    (tmp_path / MERGING / "whole.parquet").write_bytes(b"half")
    (tmp_path / ".filling.left").mkdir()
    assert usable(tmp_path) == []
    stored(tmp_path, few())
    assert state(tmp_path) == before


def test_all_or_none(tmp_path):
    stored(tmp_path, few())
    before = state(tmp_path)
    shelf = quotes_of(CABLE)
    with filling(tmp_path) as scratch:
        two = [(shelf, drafted(scratch / "a", [(90 * SECOND, 1, 1, 1)])), (shelf, drafted(scratch / "b", OTHERS[0]))]
        with pytest.raises(InputError, match="holds other quotes"):
            module.put(tmp_path, two, merge=False)
    assert state(tmp_path) == before


def test_what_comes_after_is_added(tmp_path):
    stored(tmp_path, few())
    stored(tmp_path, [(3 * SECOND, 158_000, 10, 1)])
    assert len(held(tmp_path)) == 4
    assert len(ParquetDataCatalog(str(tmp_path)).instruments()) == 1


def test_of_writers_at_once_one_wins(tmp_path):
    outcomes = list[object]()

    def fill(bid: int) -> None:
        try:
            outcomes.append(stored(tmp_path / "new", [(0, bid, 10, 1), (SECOND, bid, 10, 1)]).added)
        except InputError as error:
            outcomes.append(type(error))

    writers = [Thread(target=fill, args=(158_000 + n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(map(str, outcomes)) == ["2", *["<class 'sweep.errors.InputError'>"] * 3]
    assert len(list(tmp_path.rglob("quotes/**/*.parquet"))) == 1


def test_nothing_is_left_of_a_write_that_fails(tmp_path, monkeypatch):
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fails)
    with pytest.raises(OSError, match="No space"):
        stored(tmp_path / "new", few())
    assert not (tmp_path / "new").exists()


def test_another_instrument_in_the_same_folder(tmp_path):
    path = stored(tmp_path, few()).path
    table = pq.read_table(tmp_path / path)
    other = table.schema.with_metadata(table.schema.metadata | {b"instrument_id": b"GBPUSD.SIM"})
    pq.write_table(table.cast(other), tmp_path / path)
    with pytest.raises(InputError, match="keeps GBPUSD.SIM in the folder that GBP/USD.SIM belongs in"):
        stored(tmp_path, [(90 * SECOND, 1, 1, 1)])


def test_what_can_be_filled(tmp_path):
    assert usable(tmp_path) == usable(tmp_path / "new") == []
    stored(tmp_path / "catalog", few())
    assert usable(tmp_path / "catalog") == []
    (problem,) = usable(tmp_path)
    assert (problem.where, problem.rule) == ("--catalog", "holds no data")
    next(Path(tmp_path / "catalog").rglob("quotes/**/*.parquet")).write_bytes(b"")
    assert "is damaged" in usable(tmp_path / "catalog")[0].rule
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"), filling(tmp_path / "file"):
        pass


def test_the_plan_names_what_it_replaces(tmp_path, monkeypatch):
    stored(tmp_path, few())
    monkeypatch.setattr(module, "_finish", lambda _: None)
    stored(tmp_path, OTHERS[1], merge=True)
    plan = json.loads((tmp_path / MERGING / "plan.json").read_text())
    assert plan["replaced"] == [plan["target"]]
