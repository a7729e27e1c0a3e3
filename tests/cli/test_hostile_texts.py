"""Texts of others on the terminal: shown, never obeyed, wherever they come from."""

import io
import json
import re

import pytest
from hypothesis import example, given

from sweep.cli import console, progress
from sweep.cli.tables import leaderboard
from sweep.errors import Problem
from sweep.ledger.ledger import Row
from sweep.runner.control.progress import Failure, Leader, Progress
from sweep.trial import State
from tests.support import sweeps
from tests.support.commands import invoke
from tests.support.edited_ledgers import edited
from tests.support.hostile_texts import SAMPLES, TEXTS

OWN = re.compile(r"\x1b\[[0-9;]*m")  # rich's colours
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(*renderables: object) -> str:
    """The characters that a terminal gets."""
    file = io.StringIO()
    terminal = console.SafeConsole(file=file, force=True, width=400)
    for renderable in renderables:
        terminal.print(renderable)
    return OWN.sub("", file.getvalue())


def row(text: str) -> Row:
    return Row(
        1, "k", {f"strategy.config.{text}": text, "x": 1}, State.COMPLETE, None, text, text,
        {"pnl_total": 1.0, text: 2.0}, (text,), {}, 1, 0.0, 1.0, text, None,
    )  # fmt: skip


@given(TEXTS)
@example("[close]")
@example("[/x]")
@example(":smile:")
def test_tables_obey_nothing(text):
    output = shown(
        leaderboard.leaderboard([row(text)], text, "pnl_total"),
        console.points([{text: text}], text),
        console.facts({text: text}),
        console.figures({text: text}, text, text),
        text,
    )
    assert not OBEYED.search(output)
    if text in ("[close]", "[/x]", ":smile:"):
        assert output.count(text) >= 8, output


@given(TEXTS)
def test_messages_obey_nothing(text):
    file = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console, "err", console.SafeConsole(file=file, force=True, width=80))
        console.say(text, "red")
        console.mistakes([Problem(text, text, text, text), Problem(text, text, [text] * 9, text, 3)], text)
        patch.setattr("sys.stderr", file)
        with console.reading() as show:
            show(text, 0.5, 10)
        patch.setattr(console, "QUIET", -1.0)
        patch.setattr(console, "err", console.SafeConsole(file=file, width=80))
        with console.reading() as show:
            show(text, 0.5, 10)
        tally = Progress(total=3, exact=True, slots=1, leaders=[Leader(1, 2.0, {text: text})])
        tally.failures.append(Failure(1, text, text))
        for width in (80, 200):
            patch.setattr(console, "err", console.SafeConsole(file=file, force=True, width=width))
            with progress.shown() as tell:
                tell(tally)
    rich_own = re.compile(r"\x1b\[(\?25[lh]|[0-9]*[A-Z]|2K)|\r")
    assert not OBEYED.search(rich_own.sub("", OWN.sub("", file.getvalue())))


@pytest.fixture(scope="module")
def hostile(finished_sweep, tmp_path_factory):
    """A finished sweep whose texts are all hostile."""
    folder = sweeps.copied(finished_sweep, tmp_path_factory.mktemp("hostile")).folder
    with edited(folder.ledger) as db:
        for number, (params,) in enumerate(db.execute("SELECT params FROM trials ORDER BY number").fetchall()):
            text = "".join(s.encode(errors="replace").decode().replace("\x00", "") for s in SAMPLES[number::5])
            values = (json.dumps(json.loads(params) | {f"strategy.{text}": text}), text, text, json.dumps([text]), text)
            change = "UPDATE trials SET params = ?, message = ?, trace = ?, warnings = ?, worker = ? WHERE number = ?"
            db.execute(change, (*values, number))
            if number % 2:
                change = "UPDATE trials SET state = 'FAILED', reason = 'strategy error' WHERE number = ?"
                db.execute(change, (number,))
    return folder


@pytest.mark.parametrize(
    "command",
    [["show"], ["show", "--failed"], ["show", "--csv"], ["show", "--timing"], ["show", "--importance"], ["status"],
     ["report"], ["show", "--json"], ["show", "--failed", "--json"], ["status", "--json"]],
)  # fmt: skip
def test_commands_show_a_hostile_sweep(command, hostile):
    output = invoke(command[0], hostile.id, *command[1:], "--runs-dir", str(hostile.path.parent)).stdout
    assert not OBEYED.search(output.replace("\r\n", "\n"))
    if command == ["show", "--failed"]:
        assert "[/x]" in output and "[close]" not in output.replace("[close][bold", "")
    if command == ["report"]:
        page = (hostile.path / "report.html").read_text()
        assert "<script>alert(1)" not in page and "\x1b" not in page
