"""The commands of the documents run as they stand, in order, in a fresh copy of the project.

A block fenced as `sh` is run. One that cannot be says why behind the word: ```sh not-run: serves until it is stopped
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```sh(?P<note>[^\n]*)\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def script(document: Path) -> str:
    """The commands of a document that are to be run, as one shell script."""
    blocks = BLOCK.finditer(document.read_text())
    return "".join(block["commands"] for block in blocks if not block["note"].strip().startswith("not-run:"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project as a clone would be, with this environment as its own."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        (tmp_path / ".venv" / part.name).symlink_to(part)
    complete = tmp_path / ".venv" / ".complete"  # so that `make` has nothing to set up
    complete.unlink(missing_ok=True)
    complete.touch()
    return tmp_path


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if script(d)], ids=named)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_commands_run(document, copy):
    path = f"{copy / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment = {**outside, "PATH": path, "PYTHONPATH": str(copy)}
    command = ["bash", "-xeuo", "pipefail", "-c", script(document)]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_block_that_is_not_run_says_why(document):
    notes = [block["note"].strip() for block in BLOCK.finditer(document.read_text())]
    assert not [note for note in notes if note and not re.fullmatch(r"not-run: \S.*", note)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document):
    assert not [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]
