"""Directories that others could write to are not used."""

import os
import shlex
import subprocess

import pytest

from sweep.common.disk_cache import cache_root, cached
from sweep.common.files.own_directory import own_directory
from sweep.errors import InputError


def test_a_new_directory_is_its_user_s_alone(tmp_path):
    before = os.umask(0)
    try:
        directory = own_directory(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert own_directory(directory) == directory


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775, 0o702])
def test_one_that_others_can_write_to_is_refused_with_a_remedy_that_helps(tmp_path, mode):
    place = tmp_path / "it's mine"
    place.mkdir()
    place.chmod(mode)
    with pytest.raises(InputError, match="can be written to by other users") as caught:
        own_directory(place)
    command = shlex.split(caught.value.problems[0].remedy)
    subprocess.run(command, check=True)
    assert own_directory(place) == place


def test_one_of_another_user_is_refused(tmp_path, monkeypatch):
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 54321, -1) if os.getuid() == 0 else monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(InputError, match="belongs to another user"):
        own_directory(tmp_path / "theirs")


def test_a_link_is_followed_only_where_its_user_may_have_made_it(tmp_path):
    (tmp_path / "large").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "large")
    assert own_directory(tmp_path / "link")
    with pytest.raises(InputError, match="is no directory"):
        own_directory(tmp_path / "link", follow=False)
    (tmp_path / "large").chmod(0o777)
    with pytest.raises(InputError, match="can be written to"):
        own_directory(tmp_path / "link")


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"):
        own_directory(tmp_path / "file" / "below")
    with pytest.raises(InputError, match="cannot be made|is no directory"):
        own_directory(tmp_path / "file")


def test_what_others_could_have_written_is_not_read_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cached("a", lambda: b"mine") == b"mine"
    cache_root().chmod(0o777)
    with pytest.raises(InputError, match="can be written to"):
        cache_root()
    assert cached("a", lambda: b"made again") == b"made again"


def test_a_user_without_a_home_is_told(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError()))
    with pytest.raises(InputError, match="HOME: is not set, and the system knows no home directory of user"):
        cache_root()
    assert cached("a", lambda: b"made") == b"made"
