"""The command in surroundings that lack something: closed or full outputs, a locale of ASCII, no home."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import sweeps
from tests.support.project import ROOT

OPEN = "from sweep.__main__ import open_standard_streams as o; o()"


def shell(line: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | more
    return subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", ">&- 2>&- <&-"])
def test_what_is_printed_never_gets_into_a_file(closed, tmp_path):
    """A file that is opened next takes the number of a closed output, and the engine prints to that number."""
    code = f"{OPEN}; import os, sys; f = open('file', 'w'); f.write('kept'); os.write(1, b'lost'); os.write(2, b'lost')"
    code += "; print('lost'); print('lost', file=sys.stderr); sys.stdin.read(0)"
    process = shell(f"cd {tmp_path} && exec {sys.executable} -c {shlex.quote(code)} {closed}")
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&- <&-"])
def test_a_command_runs_with_closed_outputs(closed, tmp_path):
    assert shell(f"exec {sys.executable} -m sweep list --runs-dir {tmp_path} {closed}").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["list", "venues"])
def test_a_full_output_is_a_sentence(command):
    process = shell(f"exec {sys.executable} -m sweep {command} > /dev/full")
    assert (process.returncode, process.stderr) == (1, "sweep: the output cannot be written: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["show missing", "run missing.yaml"])
def test_a_full_output_of_messages_is_an_error(command):
    """The message about it could not be written either, and Python ended with its own code, 120."""
    assert shell(f"exec {sys.executable} -m sweep {command} 2> /dev/full").returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_sweep_that_can_say_nothing_runs_nothing(tmp_path):
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1]})
    spec = sweeps.write(tmp_path / "spec.yaml", content)
    command = f"run {spec} --executor inline --no-tracking --runs-dir {tmp_path / 'runs'}"
    process = shell(f"exec {sys.executable} -m sweep {command} 2> /dev/full")
    assert (process.returncode, process.stdout) == (1, "")
    assert not list(tmp_path.rglob("ledger.sqlite"))


def test_memory_that_is_used_up_is_a_sentence():
    code = "import sweep.__main__ as m, sweep.cli as cli; cli.app = lambda **_: [0] * 10**10; m.main()"
    process = shell(f"ulimit -v 3000000; exec {sys.executable} -c {shlex.quote(code)}")
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1] == "sweep: the memory that it may use is used up"


def test_a_folder_that_is_gone_is_a_sentence(tmp_path):
    gone = tmp_path / "gone"
    process = shell(f"mkdir {gone} && cd {gone} && rmdir {gone} && exec {sys.executable} -m sweep doctor")
    assert process.returncode == 1
    assert process.stderr == "sweep: the folder where it was started is gone: go to another one (cd)\n"


def test_a_locale_of_ascii_gets_other_characters_and_loses_nothing_else():
    settings = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    printed = "print('1 \\u2013 2 \\xd7'); import sys; print('\\xe9', file=sys.stderr)"
    code = f"{OPEN}; from sweep.cli import verbosity; verbosity.encodable(); {printed}"
    process = shell(f"exec {sys.executable} -c {shlex.quote(code)}", **settings)
    assert (process.returncode, process.stdout, process.stderr) == (0, "1 - 2 x\n", "?\n")


def test_others_cannot_write_what_a_command_makes(tmp_path):
    """A ledger that they change would have their figures; some containers and schedulers start with umask 0."""
    code = "import os, sweep.cli as cli; os.umask(0); cli.app = lambda **_: (os.mkdir('folder'), open('file', 'w'))"
    process = shell(
        f"cd {tmp_path} && exec {sys.executable} -c {shlex.quote(f'{code}; import sweep.__main__ as m; m.main()')}"
    )
    assert process.returncode == 0, process.stderr
    assert {path.name: path.stat().st_mode & 0o022 for path in tmp_path.iterdir()} == {"folder": 0o020, "file": 0o020}
