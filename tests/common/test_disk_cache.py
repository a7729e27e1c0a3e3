"""Files that are built once on a machine, and again if they cannot be trusted."""

import pytest

from sweep.common.disk_cache import folder, kept


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def make():
    made = []

    def make():
        made.append(len(made))
        return b"content %d" % len(made)

    make.times = lambda: len(made)
    return make


def test_it_is_made_once(make):
    assert kept("thing-1", make) == kept("thing-1", make) == b"content 1"
    assert make.times() == 1
    assert kept("thing-2", make) == b"content 2"
    assert sorted(path.name for path in folder().iterdir()) == ["thing-1", "thing-2"]


@pytest.mark.parametrize("damaged", [b"", b"short", bytes(32) + b"content 1"])
def test_what_was_damaged_is_made_again(make, damaged):
    kept("thing", make)
    (folder() / "thing").write_bytes(damaged)
    assert kept("thing", make) == kept("thing", make) == b"content 2"


def test_where_nothing_can_be_kept_it_is_made_each_time(make, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert [kept("thing", make), kept("thing", make)] == [b"content 1", b"content 2"]


def test_what_cannot_be_made_leaves_nothing():
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept("thing", fail)
    assert not folder().exists()
