from pathlib import Path

import pytest

from sweep.catalog.inventory import CatalogEntry, Gap, coverage, inventory
from sweep.errors import InputError
from tests.support.markets import DAY, HOUR, MINUTE, SECOND, bars, equity, ns, pair, quotes, trades, write

MONDAY = ns("2026-05-04T13:30")


def week(tmp_path: Path) -> Path:
    """SPY quotes on Monday and Wednesday, a minute apart but for one hole of ten minutes, in two files."""
    spy = equity()
    monday = [(MONDAY + n * MINUTE, 1, 2) for n in range(60) if not 20 < n < 30]
    write(tmp_path, [spy], quotes=quotes(spy, monday))
    write(tmp_path, [spy], quotes=quotes(spy, [(t + 2 * DAY, b, a) for t, b, a in monday]))
    return tmp_path


def test_inventory_counts_rows_files_and_bytes(tmp_path):
    files = list(week(tmp_path).rglob("quotes/**/*.parquet"))
    definition, entry = inventory(tmp_path)
    assert definition.kind == "Instrument"
    size = sum(f.stat().st_size for f in files)
    last = MONDAY + 2 * DAY + 59 * MINUTE
    assert entry == CatalogEntry("QuoteTick", "SPY.ARCA", 102, MONDAY, last, 2, size)


def test_coverage_finds_days_and_holes(tmp_path):
    (row,) = coverage(week(tmp_path), longest=3)
    assert row.days == {"2026-05-04": 51, "2026-05-06": 51}
    assert row.missing == ("2026-05-05",)
    hole = Gap(MONDAY + 20 * MINUTE, MONDAY + 30 * MINUTE)
    assert row.gaps[:2] == (hole, Gap(hole.start + 2 * DAY, hole.end + 2 * DAY))
    assert [gap.seconds for gap in row.gaps] == [600, 600, 60]


def test_a_closed_market_is_no_hole_but_midnight_is_seen(tmp_path):
    euro = pair("EUR/USD.SIM")
    friday = ns("2026-05-08T00:00")
    rows = [friday, friday + 20 * HOUR, friday + 3 * DAY, friday + 4 * DAY - HOUR, friday + 4 * DAY + 2 * HOUR]
    write(tmp_path, [euro], quotes=quotes(euro, [(t, 1, 2) for t in rows]))
    (row,) = coverage(tmp_path)
    assert [gap.seconds / 3600 for gap in row.gaps] == [23, 20, 3]
    assert row.missing == ()


def test_a_hole_between_two_files_is_seen(tmp_path):
    spy = equity()
    for start in (MONDAY, MONDAY + HOUR):
        write(tmp_path, [spy], quotes=quotes(spy, [(start, 1, 2), (start + MINUTE, 1, 2)]))
    (row,) = coverage(tmp_path, longest=1)
    assert row.gaps == (Gap(MONDAY + MINUTE, MONDAY + HOUR),)


def test_each_kind_has_its_own_coverage(tmp_path):
    spy = equity()
    write(tmp_path, [spy], quotes=quotes(spy, [(MONDAY, 1, 2)]), trades=trades(spy, [(MONDAY + SECOND, 1)]))
    assert [(c.kind, c.identifier, c.gaps) for c in coverage(tmp_path)] == [
        ("QuoteTick", "SPY.ARCA", ()), ("TradeTick", "SPY.ARCA", ()),
    ]  # fmt: skip


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(InputError, match="holds no data"):
        inventory(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        inventory(tmp_path / "nowhere")
    next(week(tmp_path).rglob("quotes/**/*.parquet")).write_bytes(b"PAR1")
    with pytest.raises(InputError, match="is damaged"):
        coverage(tmp_path)


def test_a_bar_counts_for_the_day_that_it_ends(tmp_path):
    spy, kind = equity(), "SPY.ARCA-1-DAY-LAST-EXTERNAL"
    days = [ns("2026-05-08") + n * DAY for n in (0, 1, 4)]  # Thursday's bar, Friday's, and Monday's
    write(tmp_path, [spy], bars=bars(kind, [(t, 1, 1, 1, 1) for t in days]))
    (row,) = coverage(tmp_path)
    assert row.days == {"2026-05-07": 1, "2026-05-08": 1, "2026-05-11": 1}
    assert row.missing == ()
