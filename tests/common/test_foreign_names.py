"""Names that somebody else wrote."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.common.foreign_names import is_inside, is_sha256

PARTS = st.sampled_from(["", ".", "..", "data", "a b", "~", "C:", "..\\x", "x\n", "\x00", "\u202e", "…"])


@given(st.lists(PARTS, max_size=5).map("/".join) | st.text(max_size=20))
def test_a_name_that_is_taken_stays_in_its_folder(name):
    if is_inside(name):
        folder = Path("/some/folder")
        assert (folder / name).resolve().is_relative_to(folder) and (folder / name) != folder
        assert "\x00" not in name and "\n" not in name


@pytest.mark.parametrize(
    "name", ["ledger.sqlite", "tearsheets/1.html", "data/bars/AAPL.XNAS-1-MINUTE/a b.parquet", "…"]
)
def test_ordinary_names_are_taken(name):
    assert is_inside(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/etc/passwd", "a/../b", "a//b", "a/", "./a", "a\\b", None, 1, "x" * 2000, "a\ud800"]
)
def test_others_are_not(name):
    assert not is_inside(name)


def test_a_hash_is_64_hexadecimal_digits_and_nothing_else():
    assert is_sha256("0" * 64)
    for text in ("0" * 63, "0" * 65, "0" * 64 + "\n", "A" * 64, "/" + "0" * 63, "../" * 20, None, 0):
        assert not is_sha256(text)
