"""Values that no command takes are refused before it begins, and not repeated."""

import inspect
import os

import pytest

from sweep.cli.options import reported
from tests.support.commands import invoke

COMMANDS = [
    ["run", "spec.yaml", "--set", "catalog={}"], ["run", "spec.yaml", "--tracking-uri", "{}"],
    ["run", "spec.yaml", "--name", "{}"],
    ["list", "--runs-dir", "{}"], ["show", "x", "--runs-dir", "{}"], ["find", "a > 1", "--runs-dir", "{}"],
    ["sync", "x", "--tracking-uri", "{}"], ["note", "x", "{}"], ["tag", "x", "a={}", "--runs-dir", "{}"],
    ["ui", "--tracking-uri", "{}"],
    ["catalog", "inspect", "{}"], ["catalog", "stage", "spec.yaml", "--set", "catalog={}"],
    ["gc", "--tracking-uri", "{}"],
    ["submit", "spec.yaml", "--runs", "{}"], ["jobs", "--address", "{}"],
    ["backtest", "{}"], ["validate", "{}"], ["archive", "x", "{}"], ["doctor", "--tracking-uri", "{}"],
    ["diff", "{}", "{}"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_address_with_a_password_is_refused_and_not_repeated(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for address in ("postgresql://me:123/PLANTED@h/db", "https://u:12/PLANTED@h/x", "ray://u:PLANTED@h"):
        output = invoke(*(word.format(address) for word in command), code=2).output
        assert "must not hold a" in output and "PLANTED" not in output
    assert not list(tmp_path.iterdir())


def test_so_is_one_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SWEEP_RUNS_DIR", "s3://u:PLANTED@b/x")
    monkeypatch.setenv("SWEEP_ADDRESS", "http://u:1/PLANTED@h")
    for command in (["list"], ["show", "x"], ["jobs"], ["status", "x"]):
        output = invoke(*command, code=2).output
        assert "must not hold a" in output and "PLANTED" not in output


def test_an_object_store_is_no_directory(monkeypatch):
    monkeypatch.setenv("SWEEP_RUNS_DIR", "s3://b/x")
    for command in (["show", "x"], ["list"], ["gc"], ["watch"]):
        output = invoke(*command, code=2).output
        assert "--runs-dir: must be a directory of this machine" in output and "'s3://b/x'" in output


ON_RUNS = [
    ["list"], ["list", "--json"], ["show", "x"], ["status"], ["stop", "x"], ["resume", "x"], ["watch"], ["report", "x"],
    ["find"], ["sql", "SELECT 1"], ["compare", "x", "y"], ["tag", "x", "a=b"], ["rename", "x", "y"], ["rm", "x"],
    ["gc"], ["archive", "x", "x.tar.gz"], ["restore", "x.tar.gz"], ["upgrade", "x"], ["run", "spec.yaml"], ["doctor"],
]  # fmt: skip


@pytest.mark.parametrize("command", ON_RUNS, ids=" ".join)
def test_a_runs_directory_that_is_none_is_a_mistake(command, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "nowhere").symlink_to("absent")
    (tmp_path / "circle").symlink_to("circle")
    for name, rule in (("file", "is a file"), ("nowhere", "is a link to nothing"), ("circle", "too many levels")):
        output = invoke(*command, "--runs-dir", tmp_path / name, code=2).output
        assert rule in output and "name a directory" in output
    assert {path.name for path in tmp_path.iterdir()} == {"file", "nowhere", "circle"}


@pytest.mark.parametrize(
    "command", [["list", "--runs-dir", "{}"], ["catalog", "inspect", "{}"], ["run", "{}"], ["find", "--data", "{}"]]
)
def test_a_path_that_is_not_utf_8_is_refused(command):
    name = os.fsdecode(b"a\xff")
    assert "must be a path in UTF-8" in invoke(*(word.format(name) for word in command), code=2).output


def test_a_command_keeps_its_signature():
    def command(a: int) -> None: ...

    assert list(inspect.signature(reported(command)).parameters) == ["a", "quiet", "verbose", "context"]
