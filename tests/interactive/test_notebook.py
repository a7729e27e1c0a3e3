"""docs/notebook.ipynb as a reader runs it: all cells in a kernel, then the last section in a new one."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
RESTART = "## After a restart"


def run(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    return NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()


def outputs(notebook: nbformat.NotebookNode, kind: str) -> list[str]:
    found = (o.get("data", {}).get(kind) for cell in notebook.cells for o in cell.get("outputs", ()))
    return [str(text) for text in found if text]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_notebook_and_a_restart_of_its_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", f"{ROOT / '.venv/bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(ROOT / "docs/notebook.ipynb", as_version=4)
    ran = run(notebook, tmp_path)
    html = outputs(ran, "text/html")
    assert any("6 of 6 trials" in text for text in html), html
    assert any("strategy.lookback" in text for text in html)
    assert len(outputs(ran, "application/vnd.plotly.v1+json")) == 2
    start = next(n for n, cell in enumerate(notebook.cells) if cell.source.startswith(RESTART))
    again = run(nbformat.v4.new_notebook(cells=notebook.cells[start:]), tmp_path)
    (best,) = outputs(again, "text/plain")
    assert "COMPLETE" in best
    printed = [o["text"] for cell in again.cells for o in cell.get("outputs", ()) if o.output_type == "stream"]
    assert printed == ["identical\n"]
