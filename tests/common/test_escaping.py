"""Texts of others in each medium."""

import csv
import io
import json
import re
import sqlite3
import unicodedata
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.common.escaping import for_csv, for_markdown, for_mlflow, for_storage, for_terminal
from tests.support.hostile_texts import SAMPLES, TEXTS

OBEYED = {"Cc", "Cs", "Zl", "Zp"}  # categories of Unicode


@given(TEXTS)
def test_a_terminal_obeys_nothing(text):
    text_shown = for_terminal(text)
    assert {unicodedata.category(c) for c in text_shown.replace("\n", "").replace("\t", "")}.isdisjoint(OBEYED)
    assert not {
        c for c in text_shown if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI")
    }
    text_shown.encode()
    assert for_terminal(text_shown) == text_shown


def test_what_is_harmless_stays_as_it_is():
    for text in ("[close]", "[/x]", ":smile:", "a\n\tb", "1,234.50 – 3 × 日本 é ✓", "<b>", "=1"):
        assert for_terminal(text) == for_mlflow(text) == for_storage(text) == text
    assert for_terminal("\x1b[31mred\x1b[0m \x1b]0;t\x07") == "red ␛]0;t␇"


@pytest.mark.parametrize("start", ["\x1b[0m", "\x1b[1;31m\x1b[m"])
@pytest.mark.parametrize("formula", ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\uff1d1+1"])
def test_colours_before_a_formula_hide_it_from_nobody(start, formula):
    assert for_csv(start + formula) == f"'{formula}"


def test_every_mark_that_turns_the_direction_of_writing_is_shown():
    assert for_terminal("\u061c\u200e\u200f\u202e\u2066\u2069") == "\ufffd" * 6


@given(TEXTS | st.integers() | st.floats(allow_nan=False) | st.none())
def test_a_spreadsheet_computes_nothing(value):
    cell = for_csv(value)
    if not isinstance(value, str):
        assert cell is value
        return
    file = io.StringIO(newline="")
    csv.writer(file).writerow([cell, "end"])
    ((read, _),) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert read == cell
    if read.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")):
        float(read)  # a number and nothing else
    read.encode()


@pytest.mark.parametrize("text", ["-1.5", "+3", "AAPL.XNAS", "2024-01-01", "a=b", "1e-5"])
def test_ordinary_cells_stay_as_they_are(text):
    assert for_csv(text) == text


@given(TEXTS)
def test_databases_take_every_text(text):
    for stored in (for_storage(text), for_mlflow(text), for_markdown(text)):
        assert "\x00" not in stored
        assert json.loads(json.dumps(stored)) == stored.encode().decode()
        with closing(sqlite3.connect(":memory:")) as db:
            assert db.execute("SELECT ?", (stored,)).fetchone() == (stored,)


@pytest.mark.parametrize("text", SAMPLES)
def test_no_link_picture_or_html_comes_of_a_description(text):
    assert not re.search(r"(?<!\\)[\[<`]", for_markdown(text).replace("\\\\", ""))
