"""The help of `sweep`: every command in a group, each group with an example that is one."""

import re
import shlex

import pytest
import typer

from sweep.cli import app
from sweep.cli.groups import GROUPS, OTHER
from tests.support.commands import invoke

COMMANDS = typer.main.get_command(app).commands


def test_every_command_is_in_one_group():
    listed = [name for _, names in GROUPS.values() for name in names]
    assert len(set(listed)) == len(listed)
    assert not set(COMMANDS) - set(listed), f"a command is missing in sweep/cli/groups.py; it is shown in {OTHER!r}"


@pytest.mark.parametrize("title", GROUPS)
def test_the_example_of_a_group_is_a_command_of_it_with_options_that_it_has(title):
    example, names = GROUPS[title]
    _, command, *rest = shlex.split(example)
    assert command in names
    options = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= options
    assert example in invoke("--help").stdout


def test_help_is_a_command():
    assert invoke("help").stdout == invoke("--help").stdout
    assert invoke("help", "run").stdout == invoke("run", "--help").stdout
    assert invoke("help", "catalog", "ingest", "bars").stdout == invoke("catalog", "ingest", "bars", "--help").stdout
    assert "No such command" in invoke("help", "nothing", code=2).output


def test_no_sentence_of_the_help_is_cut():
    assert "..." not in invoke("--help").stdout.replace("[ARGS]...", "")


def walk(command, path=()):
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))
    if not hasattr(command, "commands"):
        yield " ".join(path), command


def test_what_may_be_given_several_times_says_so_and_all_have_quiet_and_verbose():
    for path, command in walk(typer.main.get_command(app)):
        options = {o for p in command.params for o in p.opts}
        assert {"-q", "-v"} <= options, path
        for parameter in command.params:
            if parameter.multiple:
                assert re.search(r"repeatable|one for each", parameter.help), f"{path} {parameter.opts}"


@pytest.mark.parametrize("command", ["run", "resume", "backtest", "validate"])
def test_tracking_has_one_name_everywhere(command):
    text = invoke(command, "--help").stdout
    assert "--tracking-uri" in text
    assert "--no-tracking" in text


LOGIN = "https://me:hunter2@host/x"


@pytest.mark.parametrize(
    "words",
    [
        [LOGIN], [f"--{LOGIN}"], [f"-{LOGIN}"], ["show", "a", LOGIN], ["show", "a", f"--{LOGIN}"],
        ["doctor", LOGIN],
        ["report", "a", "--format", LOGIN], ["best", "a", "--by", LOGIN], ["catalog", LOGIN],
        ["run", "a", "b", LOGIN],
        ["catalog", "ingest", LOGIN], ["spec", LOGIN], ["help", LOGIN], ["show", "a", "--top", LOGIN],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_the_parser_repeats_has_no_secret(words):
    result = invoke(*words, code=2)
    assert "hunter2" not in result.output and "Error" in result.output


def test_what_the_parser_repeats_is_not_obeyed_by_a_terminal():
    output = invoke("show", "a", "\x1b]0;forged\x07", code=2).output
    assert "\x1b" not in output and "]0;forged" in output
