"""The standard output of commands with --json: a real process, in which user code prints in each way there is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sweep.cli.output import json_output

NOISY = """
import atexit, os, subprocess, sys
from sweep.cli.output import json_output
json_output.reserve_stdout()
print("by print")
os.write(1, b"by a descriptor\\n")
subprocess.run(["echo", "by a program"])
sys.__stdout__.write("by the stream of the start\\n")
atexit.register(print, "at the end")
json_output.print_json({"a": [1]})
"""


def test_documents_alone_reach_the_standard_output():
    process = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(process.stdout) == {"a": [1]}
    words = {"by print", "by a descriptor", "by a program", "by the stream of the start", "at the end"}
    assert {*process.stderr.splitlines()} == words


@pytest.mark.parametrize("words", [["list", "--json"], ["--help"]])
def test_the_document_goes_to_a_file_and_errors_to_a_pipe(tmp_path: Path, words: list[str]):
    """A file can seek and a pipe cannot: the stream of the start must not be asked for its place."""
    file = tmp_path / "out.json"
    with file.open("w") as out:
        command = [sys.executable, "-m", "sweep", *words]
        process = subprocess.run(
            command, stdout=out, stderr=subprocess.PIPE, cwd=tmp_path, text=True, timeout=60, check=False
        )
    assert (process.returncode, process.stderr) == (0, "")
    assert file.read_text()


def test_without_a_reservation_a_document_is_printed_as_all_else(capsys: pytest.CaptureFixture[str]):
    json_output.print_json({"at": {1}}, indent=None, default=repr)
    assert capsys.readouterr().out == '{"at": "{1}"}\n'
