# ruff: noqa: INP001, T201, S310 (a program of its own that tells what it does; the address is the user's own)
"""A parent run with 10,000 children in MLflow: how long its pages take to open, and their screenshots.

    PYTHONPATH=. .venv/bin/python docs/images/many.py make runs-many           # the ledger of a sweep that never ran
    .venv/bin/sweep sync many --runs-dir runs-many --tracking-uri sqlite:///many.db
    .venv/bin/sweep ui --tracking-uri sqlite:///many.db &
    PYTHONPATH=. .venv/bin/python docs/images/many.py take http://127.0.0.1:5000

Debian: apt-get install chromium
"""

import json
import sys
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from sweep.ledger.ledger import Ledger
from sweep.results.report import Report
from sweep.results.tables import write_returns, write_trials
from sweep.results.verdict_store import note
from tests.results.ledgers import written
from tests.support.browser import Browser, browser

HERE = Path(__file__).parent
SIDE, DAYS = 100, 250  # 100 x 100 settings
COMPARED = 20
SETTLE = 5.0  # seconds for the charts to come to rest


def make(runs: Path) -> None:
    """The folder of a finished sweep of 10,000 trials."""
    folder = written(runs / "many-00000000", fast=SIDE, slow=SIDE, days=DAYS, edge=0.08)
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(finished="2026-11-20T01:00:00+00:00")
        write_trials(ledger, folder.trials)
        write_returns(ledger, folder.returns)
        judged = Report(folder).judged()
        note(ledger, judged)
    print(Report(folder).write_html())


def ask(url: str, entity: str, body: dict) -> dict:
    """MLflow's REST interface."""
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{url}/api/2.0/mlflow/{entity}/search", json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def pages(url: str) -> dict[str, tuple[str, str]]:
    """The name of each picture: its address, and a text that is on the page once it is whole."""
    experiments = [e["experiment_id"] for e in ask(url, "experiments", {"max_results": 1000})["experiments"]]
    query = {"experiment_ids": experiments, "max_results": COMPARED}
    (parent, *_) = ask(url, "runs", {**query, "filter": "tags.`sweep.kind` = 'sweep'"})["runs"]
    best = ask(
        url, "runs", {**query, "filter": "tags.`sweep.kind` = 'trial'", "order_by": ["metrics.`result/pnl_total` DESC"]}
    )
    experiment, sweep = parent["info"]["experiment_id"], parent["info"]["run_name"]
    view = f"{url}/#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey={sweep}"
    ids = quote(json.dumps([run["info"]["run_id"] for run in best["runs"]]))
    compared = f"{url}/#/compare-runs?runs={ids}&experiments={quote(json.dumps([experiment]))}"
    return {
        "many-runs": (view, "#"),
        "many-charts": (f"{view}&compareRunsMode=CHART", "Parallel Coordinates"),
        "many-compare": (f"{compared}&workflowType=machine_learning", "Parallel"),
    }


def take(b: Browser, name: str, address: str, text: str) -> None:
    """Open a page as if for the first time, wait for the text, keep what is seen."""
    b.call("Page.navigate", url="about:blank")
    begin = time.monotonic()
    b.call("Page.navigate", url=address)
    b.wait(f"document.body && document.body.innerText.includes({text!r})")
    print(f"{name}: {time.monotonic() - begin:.1f} s")
    time.sleep(SETTLE)
    b.picture(HERE / f"{name}.png")


def main() -> None:
    """Make it, or take the pictures."""
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
        return
    for name, (address, text) in pages(sys.argv[2]).items():  # each as in a browser that was never there
        with browser() as b:
            size = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            b.call("Emulation.setDeviceMetricsOverride", **size)
            take(b, name, address, text)


if __name__ == "__main__":
    main()
