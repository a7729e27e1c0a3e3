"""The MLflow UI as the real server serves it."""

import json
import re
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from sweep.tracking.factory import sync
from sweep.tracking.mlflow import ui_views
from tests.tracking.servers import free_port
from tests.tracking.sweeps import FACTS

pytestmark = pytest.mark.slow


def test_the_bare_address_opens_at_the_sweep_and_no_assistant_answers(uri, sweep, view):
    assert sync(sweep(2).path, uri).left == 0
    port = free_port()
    code = f"from sweep.tracking.mlflow.ui_server import ui; ui({uri!r}, {port}, lambda line: print(line, flush=True))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout
            served.stdout.readline()
            with urlopen(f"http://127.0.0.1:{port}/") as page:
                text = page.read().decode()
                assert page.headers["Cache-Control"] == "no-store", "the next sweep is another one"
            (target,) = re.findall(r"replaceState\(null, '', (\".*?\")\)", text)
            link = ui_views.link(view.parent.info.experiment_id, FACTS["id"])
            assert json.loads(target) == link.removeprefix("/")
            assert "main." in text, "and it is MLflow's page"
            assistant = f"127.0.0.1:{port}/ajax-api/3.0/mlflow/assistant"
            with urlopen(f"http://{assistant}/providers") as answer:  # the page asks: no error in its console
                assert json.load(answer)["providers"] == []
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"http://{assistant}/message", b"{}")
            with urlopen(f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/search?max_results=1") as answer:
                assert json.load(answer)["experiments"], "the rest answers as MLflow does"
        finally:
            served.terminate()
