"""Files that are built once on a machine, and again if they cannot be trusted."""

import pytest

from sweep.common.disk_cache import cache_directory, cached


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def make():
    times_made = []

    def make():
        times_made.append(len(times_made))
        return b"content %d" % len(times_made)

    make.times = lambda: len(times_made)
    return make


def test_it_is_made_once(make):
    assert cached("thing-1", make) == cached("thing-1", make) == b"content 1"
    assert make.times() == 1
    assert cached("thing-2", make) == b"content 2"
    assert sorted(path.name for path in cache_directory().iterdir()) == ["thing-1", "thing-2"]


@pytest.mark.parametrize("damaged", [b"", b"short", bytes(32) + b"content 1"])
def test_what_was_damaged_is_made_again(make, damaged):
    cached("thing", make)
    (cache_directory() / "thing").write_bytes(damaged)
    assert cached("thing", make) == cached("thing", make) == b"content 2"


def test_where_nothing_can_be_kept_it_is_made_each_time(make, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert [cached("thing", make), cached("thing", make)] == [b"content 1", b"content 2"]


def test_what_cannot_be_made_leaves_nothing():
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cached("thing", fail)
    assert not cache_directory().exists()
