"""Tags and notes."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.collection.annotations import note, tag
from sweep.errors import InputError
from tests.support import sweeps


@pytest.fixture
def folder(finished_sweep, tmp_path):
    return sweeps.copied(finished_sweep, tmp_path).folder


def tags(folder):
    with folder.open() as ledger:
        return dict(ledger.facts.tags)


def test_tags_are_set_replaced_and_removed(folder):
    assert tag(folder, ["team=rates", "stage=first look"]) == {"stage": "first look", "team": "rates"}
    assert tag(folder, ["stage=2"], ["team"]) == {"stage": "2"} == tags(folder)
    assert tag(folder, ["a.b=x=y"]) == {"a.b": "x=y", "stage": "2"}


@pytest.mark.parametrize(
    "wrong", ["team", "=x", "team=", "mlflow.user=x", "sweep.id=x", "a b=c", "x=a\nb", "x=\x1b[2J", "x=" + "y" * 251]
)
def test_wrong_tags_change_nothing(folder, wrong):
    with pytest.raises(InputError):
        tag(folder, ["good=1", wrong])
    assert tags(folder) == {}


def test_all_mistakes_come_at_once(folder):
    with pytest.raises(InputError) as caught:
        tag(folder, ["team", "sweep.id=1"], ["absent"])
    assert [p.where for p in caught.value.problems] == ["TAG", "TAG", "--remove"]


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=40))
def test_a_tag_that_is_taken_is_there_as_it_was_given(finished_sweep, tmp_path_factory, value):
    folder = sweeps.copied(finished_sweep, tmp_path_factory.mktemp("tagged")).folder
    try:
        tag(folder, [f"name={value}"])
    except InputError:
        assert tags(folder) == {}
    else:
        assert tags(folder) == {"name": value}


def test_a_record_that_cannot_be_written_is_a_mistake(folder, monkeypatch):
    """Tests may run as root, to whom nothing is read-only."""
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    for change in (lambda: tag(folder, ["a=b"]), lambda: note(folder, "text")):
        with pytest.raises(InputError, match="nothing can be written there: Permission denied"):
            change()
    assert tags(folder) == {}


def test_a_note_is_replaced_and_removed(folder):
    for text in ("first\nsecond line", "other", ""):
        note(folder, text)
        with folder.open() as ledger:
            assert ledger.facts.note == text
    with pytest.raises(InputError):
        note(folder, "\x1b]0;x\x07")
    with pytest.raises(InputError):
        note(folder, "x" * 5_001)
