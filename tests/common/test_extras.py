"""Packages that only some features need: what is missing is told in a sentence, with the command that installs it."""

import sys
import tomllib
from pathlib import Path

import pytest

from sweep.common import extras
from sweep.common.object_store import ObjectStore
from sweep.errors import InputError
from tests.support.commands import invoke

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
OLD_STRATEGY = Path(__file__).parents[1] / "port" / "strategies" / "crossing.py"


def test_the_table_is_that_of_the_distribution():
    declared = set(PROJECT["optional-dependencies"])
    assert declared == {*extras.EXTRAS, "all", "server"}  # a server's packages are used by no code of sweep
    assert PROJECT["optional-dependencies"]["all"] == [f"nt-sweep[{','.join(extras.EXTRAS)}]"]


@pytest.mark.parametrize("extra", extras.EXTRAS)
def test_one_is_missing_without_any_of_its_modules(monkeypatch, extra):
    assert not extras.missing(extra, "here")
    for module in extras.EXTRAS[extra].modules:
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, module, None)
            with pytest.raises(InputError, match=rf"^here: needs .*nt-sweep\[{extra}\]"):
                extras.require(extra, "here")


@pytest.mark.parametrize(
    ("extra", "command"),
    [
        ("ui", ["ui"]),
        ("cluster", ["jobs", "--address", "http://127.0.0.1:1"]),
        ("formats", ["catalog", "ingest", "databento", "file.dbn", "--catalog", "new"]),
        ("port", ["port", "file.py"]),
        ("find", ["find", "trades > 0"]),
        ("port", ["init", "--demo", "--strategy", f"{OLD_STRATEGY}:Crossing"]),
    ],
)
def test_a_command_names_the_extra_that_it_needs(monkeypatch, tmp_path, extra, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, extras.EXTRAS[extra].modules[0], None)
    process = invoke(*command, code=2)
    assert extras.install(extra) in process.stderr
    assert not list(tmp_path.iterdir())


def test_plots_name_theirs(monkeypatch, finished_sweep, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"--png: needs Matplotlib.*nt-sweep\[pictures\]"):
        finished_sweep.write_png(tmp_path)


def test_files_at_a_url_name_theirs(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(InputError, match=r"s3://bucket/data: needs .*nt-sweep\[cluster\]"):
        ObjectStore("s3://bucket/data")


def test_a_catalog_at_a_url_is_a_mistake_among_others(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sweep.yaml").write_text((Path(__file__).parents[2] / "search_spaces" / "demo_grid.yaml").read_text())
    monkeypatch.setitem(sys.modules, "obstore", None)
    process = invoke(
        "check", "sweep.yaml", "--set", "catalog=s3://bucket/data", "--set", "objective=wrong_name", code=2
    )
    assert extras.install("cluster") in process.stderr
    assert "wrong_name" in process.stderr
