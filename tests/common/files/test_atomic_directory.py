import os
from pathlib import Path

import pytest

from sweep.common.files.atomic_directory import files, have_same_files, write_directory
from sweep.errors import InputError


def two_files(directory: Path) -> None:
    (directory / "a").write_text("1")
    (directory / "sub").mkdir()
    (directory / "sub" / "b").write_text("2")


@pytest.mark.parametrize("occupant", [False, True])
def test_what_is_written_appears_where_nothing_is(tmp_path, occupant):
    target = tmp_path / "deep" / "target"
    if occupant:
        target.mkdir(parents=True)
    assert write_directory(target, two_files, "two files")
    assert files(target) == [Path("a"), Path("sub/b")]
    assert list(target.parent.iterdir()) == [target]


def test_the_same_again_is_not_new(tmp_path):
    write_directory(tmp_path / "target", two_files, "two files")
    before = (tmp_path / "target" / "a").stat().st_mtime_ns
    assert not write_directory(tmp_path / "target", two_files, "two files")
    assert (tmp_path / "target" / "a").stat().st_mtime_ns == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("change", [("a", "x"), ("sub/b", "22"), ("more", "")])
def test_anything_else_is_refused_and_kept(tmp_path, change):
    write_directory(tmp_path / "target", two_files, "two files")
    (tmp_path / "target" / change[0]).write_text(change[1])
    with pytest.raises(InputError, match="holds something else than two files"):
        write_directory(tmp_path / "target", two_files, "two files")
    assert (tmp_path / "target" / change[0]).read_text() == change[1]
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_is_left_of_what_failed(tmp_path):
    def fails(directory: Path) -> None:
        two_files(directory)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_directory(tmp_path / "target", fails, "two files")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "target").write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        write_directory(tmp_path / "target", two_files, "two files")
    with pytest.raises(InputError, match="cannot be written"):
        write_directory(tmp_path / "target" / "below", two_files, "two files")
    assert (tmp_path / "target").read_text() == "mine"


def test_same_looks_at_names_and_bytes(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    write_directory(a, two_files, "")
    write_directory(b, two_files, "")
    assert have_same_files(a, b)
    before = (a / "sub" / "b").stat()
    (b / "sub" / "b").write_text("3")
    os.utime(b / "sub" / "b", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not have_same_files(a, b)
    (b / "sub" / "b").unlink()
    assert not have_same_files(a, b)
