"""The commands of the documents run as they stand, in order, in a fresh copy of the project.

A block fenced as `sh` is run. One that cannot be says why behind the word: ```sh not-run: serves until it is stopped
One that needs containers is fenced as ```sh docker, and is run where there is a Docker engine.
"""

import importlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT, copied

BLOCK = re.compile(r"^```sh(?P<note>[^\n]*)\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
PATH = re.compile(r"(?<![\w./~-])((?:sweep|tests|benchmarks|docs|docker|scripts|search_spaces)/(?!\.env)[\w./-]*\w)")
IMPORT = re.compile(r"^from (sweep[\w.]*) import (\w+)", re.MULTILINE)
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def script(document: Path, note: str = "") -> str:
    """The commands of a document that are to be run, as one shell script."""
    blocks = BLOCK.finditer(document.read_text())
    return "".join(block["commands"] for block in blocks if block["note"].strip() == note)


def succeed(commands: str, folder: Path) -> None:
    environment = copied(folder)
    command = ["bash", "-xeuo", "pipefail", "-c", commands]
    process = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if script(d)], ids=named)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_commands_run(document, tmp_path):
    succeed(script(document), tmp_path)


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if script(d, "docker")], ids=named)
@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(1800)
def test_commands_that_need_docker_run(document, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "sweep-docs")
    succeed(f"trap 'docker/cluster down --volumes' EXIT\n{script(document, 'docker')}", tmp_path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_block_that_is_not_run_says_why(document):
    notes = [block["note"].strip() for block in BLOCK.finditer(document.read_text())]
    assert not [note for note in notes if note and not re.fullmatch(r"docker|not-run: \S.*", note)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document):
    assert not [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_paths_and_imports_of_the_project_exist(document):
    text = document.read_text()
    missing = [path for path in PATH.findall(text) if not (ROOT / path).exists()]
    for module, name in IMPORT.findall(text):
        if not hasattr(importlib.import_module(module), name):
            missing.append(f"{module}.{name}")
    assert missing == []


def test_the_readme_is_short_and_begins_with_a_picture():
    text = (ROOT / "README.md").read_text()
    assert len(text.split()) <= 900
    assert re.match(r"# sweep\n\n!\[[^\]]+\]\([^)]+\.png\)\n", text)


@pytest.mark.parametrize("name", ["README.md", "docs/index.md"])
def test_the_owner_of_the_trademark_is_named(name):
    text = " ".join((ROOT / name).read_text().split())
    assert "independent project, not affiliated with" in text
    assert "NautilusTrader is a trademark of Nautech Systems Pty Ltd" in text
