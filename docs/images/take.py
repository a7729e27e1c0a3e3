# /// script
# dependencies = ["selenium>=4.30"]
# ///
# ruff: noqa: S310, T201 (the address is the user's own; it tells what it does)
"""Takes the screenshots of this folder: the MLflow UI as `sweep ui` serves it, in a headless Chromium of 1440x900.

    make demo && .venv/bin/sweep ui &
    uv run --script docs/images/take.py http://127.0.0.1:5000

Debian: apt-get install chromium chromium-driver
"""

import json
import sys
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

HERE = Path(__file__).parent
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --window-size=1440,900"
)
SETTLE = 6.0  # seconds for the charts to come to rest
COMPARED = 20  # trials on the compare page


def browser() -> webdriver.Chrome:
    """Chromium with a window whose inside is 1440x900."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in FLAGS.split():
        options.add_argument(flag)
    driver = webdriver.Chrome(options, Service("/usr/bin/chromedriver"))
    size = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    return driver


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
    best = [run["info"]["run_id"] for run in search(url, trials, "metrics.`result/pnl_total` DESC", COMPARED)]
    training = "workflowType=machine_learning"
    compared = quote(json.dumps(best)), quote(json.dumps([experiment]))
    runs = f"/#/experiments/{experiment}/runs"
    return {
        "mlflow-runs": (f"{runs}?{training}&viewStateShareKey={sweep}", "result/win_rate"),
        "mlflow-charts": (f"{runs}?{training}&viewStateShareKey={sweep}&compareRunsMode=CHART", "Parallel Coordinates"),
        "mlflow-parent": (f"{runs}/{parent['info']['run_id']}?{training}", "Compare the trials"),
        "mlflow-tearsheet": (f"{runs}/{best[0]}/artifacts/tearsheet.html?{training}", "tearsheet.html"),
        "mlflow-compare": (f"/#/compare-runs?runs={compared[0]}&experiments={compared[1]}&{training}", "Parallel"),
    }


def take(driver: webdriver.Chrome, address: str, text: str, target: Path) -> None:
    """Open a page, wait until it is whole, keep what is seen."""
    driver.get("about:blank")
    driver.get(address)
    WebDriverWait(driver, 60).until(lambda d: text in d.find_element(By.TAG_NAME, "body").text)
    time.sleep(SETTLE)
    driver.save_screenshot(str(target))
    print(f"{target.name}: {target.stat().st_size // 1024} kB")


def main(url: str) -> None:
    driver = browser()
    try:
        driver.get(url)
        closed = {"mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true", "mlflow.assistant.panelOpen_v1": "false"}
        for key, value in closed.items():  # the assistant's panel opens by itself the first time
            driver.execute_script("localStorage.setItem(arguments[0], arguments[1])", key, value)
        for name, (page, text) in pages(url).items():
            take(driver, url + page, text, HERE / f"{name}.png")
    finally:
        driver.quit()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5000")
