"""docs/notebook.ipynb as a reader runs it: all cells in a kernel, then the last section in a new one."""

import os
import threading
from ast import literal_eval
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from sweep.catalog.demo import writer

ROOT = Path(__file__).parents[2]
RESTART = "## After a restart"


def run(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    return NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()


def outputs(notebook: nbformat.NotebookNode, kind: str) -> list[str]:
    data = (o.get("data", {}).get(kind) for cell in notebook.cells for o in cell.get("outputs", ()))
    return [str(text) for text in data if text]


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


@pytest.mark.slow
def test_the_stop_button_returns_the_report_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A kernel is interrupted in a sweep of 598 trials: the cell ends with its report, and the next one runs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    catalog = writer.write(tmp_path / "catalog", days=1).path
    cells = [cell.source for cell in nbformat.read(ROOT / "docs/notebook.ipynb", as_version=4).cells]
    strategy, sweep = (next(c for c in cells if text in c) for text in ("class Breakout(", "spec = sweep.Spec("))
    changes = {
        "workers=2": 'executor="inline"', "[150, 300, 600]": "list(range(10, 3000, 5))", "data/demo": str(catalog),
        "2026-05-06": "2026-05-05", "\nreport\n": "",
    }  # fmt: skip
    for old, new in changes.items():
        sweep = sweep.replace(old, new)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    with closing_channels(manager) as client:
        client.execute_interactive(strategy, timeout=60)
        started = threading.Event()

        def look(message: dict[str, Any]) -> None:
            if not started.is_set() and "best so far" in str(message["content"]):
                started.set()
                manager.interrupt_kernel()

        client.execute_interactive(sweep, timeout=100, output_hook=look)
        assert started.is_set()
        answer = client.execute_interactive("", user_expressions={"n": "report.count()"}, timeout=60)
    count = literal_eval(answer["content"]["user_expressions"]["n"]["data"]["text/plain"])
    assert count.keys() == {"COMPLETE"}
    assert 0 < count["COMPLETE"] < 1000


@contextmanager
def closing_channels(manager: KernelManager) -> Iterator[Any]:
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
