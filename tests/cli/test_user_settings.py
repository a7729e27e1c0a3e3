"""Settings of the user: read whole, or refused with every mistake and a remedy that works."""

from pathlib import Path

import pytest
import yaml

from sweep.cli.user_settings import EXAMPLE, PLACE, user_settings
from sweep.errors import InputError


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / PLACE
    path.parent.mkdir()
    return path


def test_without_a_file_there_is_no_command(file):
    assert (user_settings().on_end, user_settings().bell) == ("", True)
    file.write_text("# nothing yet\n")
    assert user_settings().on_end == ""


def test_a_user_without_a_home_has_none(monkeypatch):
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 54321)
    assert (user_settings().on_end, user_settings().bell) == ("", True)


def test_what_is_written_is_read(file):
    file.write_text("on_end: echo done\nbell: false\n")
    assert (user_settings().on_end, user_settings().bell, user_settings().path) == ("echo done", False, file)


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        ("on_end: [a, b]\nbell: 3\nmore: 1", ["must be a command", "must be true or false", "is no setting"]),
        ("- a", ["must have names and values"]),
        ("on_end: [", ["is no YAML"]),
        ("on_end: 'a\\0b'\n1: 2", ["is no setting"]),
        ('on_end: "a\\0b"', ["must be a command"]),
        ("[" * 1500, ["is no YAML"]),
    ],
)
def test_every_mistake_is_told_with_a_remedy(file, content, rules):
    file.write_text(content)
    with pytest.raises(InputError) as error:
        user_settings()
    assert [problem.rule.startswith(rule) for problem, rule in zip(error.value.problems, rules, strict=True)]
    assert all(str(file) in problem.where and problem.remedy for problem in error.value.problems)


def test_the_remedies_are_settings(file):
    file.write_text("\n".join(EXAMPLE.values()))
    assert user_settings().on_end == yaml.safe_load(EXAMPLE["on_end"])["on_end"]


def test_a_file_that_others_can_change_is_refused_since_it_names_a_command(file):
    file.write_text("on_end: echo done\n")
    file.chmod(0o666)
    with pytest.raises(InputError, match="can be changed by other users"):
        user_settings()
    file.chmod(0o644)
    assert user_settings().on_end == "echo done"


def test_a_file_that_is_no_text(file):
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        user_settings()
