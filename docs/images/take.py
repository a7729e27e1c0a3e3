# ruff: noqa: INP001, T201, S310 (a program of its own that tells what it does; the address is the user's own)
"""Takes the screenshots of this folder: the MLflow UI as `sweep ui` serves it, in a headless Chromium of 1440x900.

    make demo && .venv/bin/sweep ui --no-open &
    PYTHONPATH=. .venv/bin/python docs/images/take.py http://127.0.0.1:5000

Debian: apt-get install chromium
"""

import json
import sys
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from tests.support.browser import Browser, browser

HERE = Path(__file__).parent
COMPARED = 20  # trials on the compare page
SETTLE = 8.0  # seconds for the charts to come to rest; more on a busy machine (second argument)


def search(url: str, query: str, order: str, limit: int = 1) -> list[dict]:
    """Runs of all experiments, through MLflow's REST interface."""
    with urlopen(f"{url}/api/2.0/mlflow/experiments/search?max_results=1000") as answer:
        experiments = [e["experiment_id"] for e in json.load(answer)["experiments"]]
    body = {"experiment_ids": experiments, "filter": query, "order_by": [order], "max_results": limit}
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{url}/api/2.0/mlflow/runs/search", json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)["runs"]


def pages(url: str) -> dict[str, tuple[str, str]]:
    """The name of each picture: the page after the host, and a text that is on it once it is whole."""
    (parent,) = search(url, "tags.`sweep.kind` = 'sweep'", "start_time DESC")
    experiment, sweep = parent["info"]["experiment_id"], parent["info"]["run_name"]
    trials = f"tags.`sweep.id` = '{sweep}' AND tags.`sweep.kind` = 'trial'"
    enough = f"{trials} AND metrics.`result/trades` >= 30"  # the bound of the demo
    best = [run["info"]["run_id"] for run in search(url, enough, "metrics.`result/sqn` DESC", COMPARED)]
    training = "workflowType=machine_learning"
    compared = quote(json.dumps(best)), quote(json.dumps([experiment]))
    runs = f"/#/experiments/{experiment}/runs"
    return {
        "mlflow-runs": ("/", "result/win_ra"),  # the bare address, as at the first start
        "mlflow-charts": (f"{runs}?{training}&viewStateShareKey={sweep}&compareRunsMode=CHART", "Parallel Coordinates"),
        "mlflow-parent": (f"{runs}/{parent['info']['run_id']}?{training}", "Compare the trials"),
        "mlflow-trial": (f"{runs}/{best[0]}?{training}", "Parameters ("),
        "mlflow-tearsheet": (f"{runs}/{best[0]}/artifacts/tearsheet.html?{training}", "tearsheet.html"),
        "mlflow-compare": (f"/#/compare-runs?runs={compared[0]}&experiments={compared[1]}&{training}", "Parallel"),
    }


def take(b: Browser, address: str, text: str, target: Path) -> None:
    """Open a page, wait until it is whole, keep what is seen."""
    b.call("Page.navigate", url="about:blank")
    b.call("Page.navigate", url=address)
    b.wait(f"document.body && document.body.innerText.includes({text!r})", 120)
    time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else SETTLE)
    b.picture(target)
    print(f"{target.name}: {target.stat().st_size // 1024} kB")


def main(url: str) -> None:
    """Each page as in a browser that was never there."""
    for name, (page, text) in pages(url).items():
        with browser() as b:
            size = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            b.call("Emulation.setDeviceMetricsOverride", **size)
            take(b, url + page, text, HERE / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5000")
