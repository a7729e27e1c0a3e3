import os
from pathlib import Path

import pytest

from sweep.common.files.path_names import check_path, rule
from sweep.errors import InputError


@pytest.mark.parametrize(
    ("path", "wrong"),
    [("/a\0b", "NUL"), (b"/a\xff".decode("utf-8", "surrogateescape"), "UTF-8"), ("/a\ud800", "UTF-8")],
)
def test_a_path_that_no_library_opens_is_refused(path, wrong):
    assert wrong in rule(path) and wrong in rule(Path(path))
    with pytest.raises(InputError, match=f"--runs-dir: .*{wrong}"):
        check_path("--runs-dir", path)


def test_a_relative_path_is_as_good_as_the_directory_that_it_is_in(tmp_path, monkeypatch):
    os.mkdir(place := os.fsencode(tmp_path) + b"/\xff")  # noqa: PTH102
    monkeypatch.chdir(os.fsdecode(place))
    assert "is in a directory whose path is not UTF-8" in rule("runs")
    assert rule(tmp_path / "runs") == ""


def test_ordinary_paths_are_not_refused():
    assert not [path for path in ("runs", "/a b/é☃", ".", "data/x:1@y") if rule(path)]
