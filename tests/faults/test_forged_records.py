"""A ledger that a stranger wrote: any value in any field is a sentence or is shown, and nothing of it is obeyed."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sweep.cli import app
from sweep.ledger.run_directory import Folder
from tests.support.edited_ledgers import edited

VALUES = [
    None, "", -1, 10**30, 1e308, float("nan"), [], {}, [[]], {"a": {}}, True, "x" * 20_000, "../../../forged",
    "\x1b]0;forged\x07", "<script>forged()</script>", "=cmd|'/c'!A1", "[/x]", "\ud800", "\0", 2**63, "9" * 5000,
    "2026-99-99",
]  # fmt: skip
OBEYED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\ud800-\udfff]")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
JSON = ("params", "metrics", "timing", "warnings", "rungs")
COMMANDS = [["show"], ["show", "--json"], ["status"], ["best"], ["verify"]]
MORE = [["report"], ["show", "--failures"], ["show", "--timing"], ["best", "--python"]]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every value in a value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places(part, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if path:
        value[path[0]] = put(value[path[0]], path[1:], new)
        return value
    return new


def fields(ledger: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Every fact, every column, and every value inside of them: table, name, place."""
    with closing(sqlite3.connect(ledger)) as db:
        facts = db.execute("SELECT name, value FROM sweep ORDER BY 1").fetchall()
        inner = [("sweep", name, path) for name, text in facts for path in places(json.loads(text))]
        for table in ("trials", "calendars", "series", "steps", "attempts"):
            inner += [(table, row[1], ("whole",)) for row in db.execute(f"PRAGMA table_info({table})")]
        texts = db.execute(f"SELECT {', '.join(JSON)} FROM trials WHERE number = 0").fetchone()  # noqa: S608
        for name, text in zip(JSON, texts, strict=True):
            inner += [("trials", name, path) for path in places(json.loads(text or "[]"))]
    return inner


def forge(ledger: Any, table: str, name: str, path: tuple[Any, ...], value: Any) -> None:
    with edited(ledger) as db:
        if path == ("whole",):
            fits = isinstance(value, (str, float, type(None))) or (isinstance(value, int) and abs(value) < 2**63)
            cell = value if fits else json.dumps(value)
            cell = cell.encode("utf-8", "surrogatepass") if isinstance(cell, str) else cell
            stored = "CAST(? AS TEXT)" if isinstance(cell, bytes) else "?"
            with suppress(sqlite3.IntegrityError):  # no file has it
                db.execute(f"UPDATE OR IGNORE {table} SET {name} = {stored}", (cell,))  # noqa: S608
            return
        column, key, condition = ("value", "name", name) if table == "sweep" else (name, "number", 0)
        (text,) = db.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (condition,)).fetchone()  # noqa: S608
        forged = json.dumps(put(json.loads(text or "[]"), path, value))
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (forged, condition))  # noqa: S608


def obeys_nothing(folder: Folder, commands: list[list[str]]) -> None:
    for command, *options in commands:
        result = CliRunner().invoke(app, [command, folder.id, *options, "--runs-dir", str(folder.path.parent)])
        assert result.exception is None or isinstance(result.exception, SystemExit), (command, result.exception)
        assert "Traceback" not in result.output and not OBEYED.search(COLOURS.sub("", result.output)), command
    if (page := folder.path / "report.html").exists():
        assert not re.search(r"<script>forged|\x1b\]", page.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def forged(finished_sweep, tmp_path_factory):
    """Copies of a sweep with a forged field, a new one at each call; and its fields."""
    original = finished_sweep.folder

    def copy(field: tuple[str, str, tuple[Any, ...]], value: Any) -> Folder:
        runs = tmp_path_factory.mktemp("forged")
        shutil.copytree(original.path, runs / original.id, ignore=shutil.ignore_patterns("*.parquet"))
        folder = Folder(runs / original.id)
        forge(folder.ledger, *field, value)
        return folder

    return copy, fields(str(original.ledger))


@settings(max_examples=25)
@given(data=st.data())
def test_a_forged_field_is_a_sentence_or_is_shown(forged, data):
    copy, among = forged
    folder = copy(data.draw(st.sampled_from(among)), data.draw(st.sampled_from(VALUES)))
    obeys_nothing(folder, [data.draw(st.sampled_from(COMMANDS))])


@pytest.mark.slow
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_so_is_every_field_for_every_command(forged, value):
    copy, among = forged
    for field in among:
        obeys_nothing(folder := copy(field, value), [*COMMANDS, *MORE])
        shutil.rmtree(folder.path.parent)


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("metrics", ("mae",), "9"), ("metrics", ("trades",), 10**30),
        ("timing", ("run",), [1]), ("started", ("whole",), 1e300), ("warnings", (), [1]),
    ],
)  # fmt: skip
def test_a_trial_that_no_sweep_records_is_called_damaged(forged, name, path, value):
    folder = forged[0](("trials", name, path), value)
    result = CliRunner().invoke(app, ["show", folder.id, "--runs-dir", str(folder.path.parent)])
    assert result.exit_code == 1 and "the ledger is damaged" in result.output, result.output


@pytest.mark.parametrize(("path", "value"), [(("strategy", "path"), "x"), (("strategy",), {})])
def test_a_strategy_that_is_none_is_a_sentence_also_as_python(forged, path, value):
    folder = forged[0](("sweep", "backtest", path), value)
    obeys_nothing(folder, [["best", "--python"]])
    result = CliRunner().invoke(app, ["best", folder.id, "--python", "--runs-dir", str(folder.path.parent)])
    assert result.exit_code == 1 and "strategy.path" in result.output, result.output
