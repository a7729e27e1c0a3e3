import pytest

from sweep.errors import InputError
from sweep.ledger.recorded_spec import recorded_section, recorded_sections, recorded_text
from sweep.ledger.run_directory import Folder
from sweep.spec import yaml_document


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_the_sections_of_a_spec(folder):
    assert (recorded_text(folder), recorded_sections(folder), recorded_section(folder, "search")) == ("", {}, {})
    folder.spec.write_text("name: a\nsearch:\n  startup_trials: 5\ntracking:\n")
    assert recorded_text(folder).startswith("name: a")
    assert recorded_sections(folder) == {"name": "a", "search": {"startup_trials": 5}, "tracking": None}
    assert recorded_section(folder, "search") == {"startup_trials": 5}
    assert recorded_section(folder, "tracking") == recorded_section(folder, "limits") == {}


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"a: [", b"[1]", b"a: " + b"[" * 3000, b"search: [1]", b"search: text", b"search: &a [*a]", b"a: !!x 1"],
)
def test_what_is_no_spec_is_a_sentence(folder, content):
    folder.spec.write_bytes(content)
    with pytest.raises(InputError, match=r"spec\.yaml"):
        recorded_section(folder, "search")


def test_one_that_is_too_long_is_not_read(folder, monkeypatch):
    monkeypatch.setattr(yaml_document, "LENGTH", 100)
    folder.spec.write_text("a: 1\n" * 100)
    with pytest.raises(InputError, match="more than 100 characters"):
        recorded_text(folder)


def test_a_folder_in_its_place_is_a_sentence(folder):
    folder.spec.mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        recorded_text(folder)
