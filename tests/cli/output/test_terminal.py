"""Whole words on every width: texts are broken between them, tables never cut one."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from sweep.cli import console
from sweep.cli.output.terminal import SafeConsole, WholeTable, wrapped

WORDS = st.lists(st.text("abcde-/…·é中", min_size=1, max_size=30), min_size=1, max_size=30)


@given(WORDS, st.integers(5, 120), st.integers(0, 6))
def test_no_word_is_broken_and_none_is_lost(words, width, edge):
    lines = wrapped(Text("  " + " ".join(words)), width, edge=edge)
    assert [w for line in lines for w in line.plain.split()] == words
    for line in lines:
        assert line.cell_len <= width or len(line.plain.split()) == 1
    for line in lines[1:]:
        assert line.plain.startswith(" " * edge)


def test_styles_stay_with_their_words():
    lines = wrapped(Text.assemble(("bold words here", "bold"), " and plain ones"), 10)
    assert lines[0].spans[0].style == "bold"
    assert not lines[-1].spans


def printed(thing, width, **options):
    file = io.StringIO()
    SafeConsole(file=file, width=width, force=True).print(thing, **options)
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())


ROWS = [("AAPL.XNAS-1-MINUTE-LAST-EXTERNAL", "2,880", "bars of one minute"), ("EUR/USD.SIM", "12", "")]


def table():
    table = WholeTable(title="the catalog")
    for name in ("identifier", "rows", "what it is"):
        table.add_column(name)
    for row in ROWS:
        table.add_row(*row)
    return table


@pytest.mark.parametrize("width", [20, 40, 50, 60, 80, 120])
def test_every_word_of_a_table_is_whole_at_every_width(width):
    text = printed(table(), width)
    assert "…" not in text
    for row in ROWS:
        for cell in row:
            for word in cell.split():
                assert word in text
    assert all(len(line.rstrip()) <= max(width, 46) for line in text.splitlines())


def test_a_table_that_does_not_fit_becomes_a_list_of_its_rows():
    narrow, wide = printed(table(), 45), printed(table(), 80)
    assert "identifier  AAPL.XNAS-1-MINUTE-LAST-EXTERNAL" in narrow
    assert "what it is" in narrow
    assert len(wide.splitlines()) < len(narrow.splitlines()) + 4
    assert "identifier" in wide.splitlines()[2]


def test_lines_of_a_file_are_not_broken():
    file = io.StringIO()
    SafeConsole(file=file).print("word " * 100, soft_wrap=True)
    assert len(file.getvalue().splitlines()) == 1


def test_further_lines_of_what_is_indented_are_indented_too():
    text = printed(
        "  ✗ a search without an edge shows a best this high in 86 % of cases (at most 5 %)", 50, soft_wrap=True
    )
    assert text.splitlines() == [
        "  ✗ a search without an edge shows a best this",
        "    high in 86 % of cases (at most 5 %)",
    ]
    assert printed("one two 5 %", 10, soft_wrap=True).splitlines() == ["one two", "5 %"]


@pytest.mark.parametrize(("width", "names"), [(40, "sweep best size"), (30, "sweep best"), (12, None)])
def test_spare_columns_are_left_out_before_a_table_becomes_a_list(width, names):
    table = WholeTable()
    table.spare = ("size", "none of the table's")
    for name in ("sweep", "best", "size"):
        table.add_column(name)
    table.add_row("demo-12345678", "1,234.50", "17.2 MiB")
    words = printed(table, width).split()
    if names is None:
        assert "┃" not in words  # a list, and all of it
        assert {"sweep", "best", "size"} <= set(words)
    else:
        assert [word for word in words if word in {"sweep", "best", "size"}] == names.split()
        assert "┃" in words


@pytest.mark.parametrize("width", range(58, 110))
def test_no_word_is_cut_and_no_line_too_long_where_spare_columns_are_left_out(width):
    table = console.table("sweeps", spare=("size", "created"))
    rows = (
        ("spy-score-grid-4124e319", "finished", "2026-05-04 12:00", "inconclusive", "1.4 MiB", "first look; keep it"),
        ("two-1e0c83d4", "running", "2026-05-04 12:01", "no evidence", "17.0 MiB", ""),
    )
    for name in ("sweep", "state", "created", "verdict", "size", "note"):
        table.add_column(name)
    for row in rows:
        table.add_row(*row)
    text = printed(table, width)
    assert "…" not in text and max(map(len, text.splitlines())) <= width
    assert {"inconclusive", "evidence", "finished", "spy-score-grid-4124e319", "look;"} <= set(text.split())
