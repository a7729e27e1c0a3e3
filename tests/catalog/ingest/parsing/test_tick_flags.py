"""A blank field of a tick of MetaTrader 5 is the value before it, where FLAGS says that it did not change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import InstrumentDraft, Layout, quotes, trades
from sweep.catalog.ingest.parsing import tables
from sweep.errors import InputError
from tests.support.effort import repeats

EURO = InstrumentDraft(id="EUR/USD.SIM")
HEAD = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
TICK = "2024.01.02\t09:00:00.{:03d}\t{}\t{}\t{}\t{}\t{}\n"
TICKS = HEAD + "".join(TICK.format(n, *cells) for n, cells in enumerate([
    ("1.10427", "", "", "", 2),  # before the first ask
    ("1.10427", "1.10431", "", "", 6),
    ("1.10429", "", "", "", 2),
    ("", "1.10435", "", "", 4),
    ("", "", "1.10430", "3", 56),  # a deal of a buyer
    ("", "", "", "5", 80),  # of a seller, at the same price
    ("", "1.10440", "", "", 6),  # the bid changed, and is not there
    ("1.10431", "", "", "", 130),
]))  # fmt: skip


def quoted(result):
    held = ParquetDataCatalog(str(result.catalog)).query_quote_ticks(["EUR/USD.SIM"])
    return [(q.ts_init // 10**6 % 1000, str(q.bid_price), str(q.ask_price)) for q in held]


def test_quotes_with_one_side(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "BLOCK", 150)  # bytes: the last values go from one part to the next
    (tmp_path / "f.csv").write_text(TICKS)
    result = quotes(tmp_path / "f.csv", EURO, tmp_path / "c")
    assert quoted(result) == [
        (1, "1.10427", "1.10431"), (2, "1.10429", "1.10431"), (3, "1.10429", "1.10435"), (7, "1.10431", "1.10440"),
    ]  # fmt: skip
    assert result.dropped == {
        "quotes before the first bid and ask of the file": 1, "quotes with an empty field": 1,
        "rows without bid and ask, which are no quotes": 2,
    }  # fmt: skip
    assert result.noticed["quotes with an unchanged bid (<BID> is blank)"] == 1
    assert result.noticed["quotes with an unchanged ask (<ASK> is blank)"] == 2


def test_deals(tmp_path):
    (tmp_path / "f.csv").write_text(TICKS)
    result = trades(tmp_path / "f.csv", EURO, tmp_path / "c")
    held = ParquetDataCatalog(str(result.catalog)).query_trade_ticks(["EUR/USD.SIM"])
    deals = [(str(t.price), int(t.size), t.aggressor_side.name) for t in held]
    assert deals == [("1.10430", 3, "BUY"), ("1.10430", 5, "SELL")]
    assert result.dropped == {"rows without price and size, which are no trades": 6}


def test_flags_that_are_ignored(tmp_path):
    (tmp_path / "f.csv").write_text(TICKS)
    result = quotes(tmp_path / "f.csv", EURO, tmp_path / "c", Layout(ignored=("<FLAGS>",)))
    assert (result.written, result.dropped) == (1, {"quotes with an empty field": 7})


def test_blank_fields_in_no_order_of_time_are_refused(tmp_path):
    first, *rows = TICKS.splitlines(keepends=True)
    (tmp_path / "f.csv").write_text(first + rows[1] + rows[3] + rows[2])
    with pytest.raises(InputError, match="goes back in time in row 3; sort the rows by their time"):
        quotes(tmp_path / "f.csv", EURO, tmp_path / "c")
    (tmp_path / "g.csv").write_text(first + rows[7].replace("\t\t\t\t130", "\t1.2\t\t\t6") + rows[1])
    assert quotes(tmp_path / "g.csv", EURO, tmp_path / "d").written == 2  # whole rows in any order


def test_flags_of_others_say_nothing(tmp_path):
    text = "ts_event,bid_px_00,ask_px_00,flags\n2024-01-02T09:00Z,1.1,1.2,130\n2024-01-02T09:01Z,1.1,,130\n"
    (tmp_path / "f.csv").write_text(text)
    result = quotes(tmp_path / "f.csv", EURO, tmp_path / "c")
    assert (result.written, result.dropped) == (1, {"quotes with an empty field": 1})


ROW = st.tuples(st.sampled_from([0, 2, 4, 6, 8]), st.integers(1, 9), st.integers(10, 19))


@settings(max_examples=repeats(40, quick=20), deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12), st.integers(120, 400))
def test_every_row_against_a_loop(tmp_path_factory, rows, block):
    place, last, expected = tmp_path_factory.mktemp("flags"), [0, 0], []
    text = HEAD
    for n, (flags, bid, ask) in enumerate(rows):
        cells = [f"1.0{value}" if flags & bit else "" for bit, value in ((2, bid + 10), (4, ask + 10))]
        text += TICK.format(n, *cells, "1.5" if flags == 8 else "", "", flags)
        last = [value if flags & bit else old for bit, value, old in ((2, bid, last[0]), (4, ask, last[1]))]
        if flags & 6 and all(last):
            expected.append((n, f"1.0{last[0] + 10}00", f"1.0{last[1] + 10}00"))
    (place / "f.csv").write_text(text)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "BLOCK", block)
        if not expected:
            with pytest.raises(InputError):
                quotes(place / "f.csv", EURO, place / "c")
            return
        result = quotes(place / "f.csv", EURO, place / "c")
    assert quoted(result) == expected
    assert sum(result.read.values()) == result.written + sum(result.dropped.values())
