"""A real Ray head as a process of its own: own ports, own folder, ended with the test."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.drivers import MARK, ROOT, adopt, left_by

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Head:
    """Address and settings of a head node."""

    url: str
    gcs: str
    place: Path  # Ray's own folder there
    environment: dict[str, str]
    metrics: str

    def logs(self) -> str:
        """Everything that Ray, its jobs and its agents wrote."""
        return "\n".join(p.read_text(errors="replace") for p in self.place.rglob("*") if p.suffix in {".log", ".out"})


def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def started(*, cpus: int = 2, **environment: str) -> Generator[Head]:
    """A head with jobs. `environment` is the cluster's own; without RAY_AUTH_MODE it asks nobody for a token."""
    adopt()
    place = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # short: Ray's sockets have long names
    mark, gcs, http, metrics = place.name, port(), port(), port()
    variables = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0", MARK: mark, "PYTHONPATH": str(ROOT)}
    variables |= {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | environment
    command = [
        str(BIN / "ray"), "start", "--head", "--block", "--disable-usage-stats", f"--num-cpus={cpus}",
        "--node-ip-address=127.0.0.1", f"--port={gcs}", f"--dashboard-port={http}",
        f"--dashboard-agent-listen-port={port()}", f"--temp-dir={place}",
        f"--metrics-export-port={metrics}", f"--object-store-memory={128 * 2**20}",
    ]  # fmt: skip
    with (place / "head.log").open("w") as log:
        process = subprocess.Popen(
            command, env=os.environ | variables, cwd=place, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _await(f"http://127.0.0.1:{http}", process, place / "head.log")
        yield Head(
            f"http://127.0.0.1:{http}", f"127.0.0.1:{gcs}", place, variables, f"http://127.0.0.1:{metrics}/metrics"
        )
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        end = time.monotonic() + 30
        while left_by(mark) and time.monotonic() < end:
            time.sleep(0.2)
        shutil.rmtree(place, ignore_errors=True)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until jobs can be asked for."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/api/jobs/", timeout=5):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                return
        except OSError:
            pass
        time.sleep(0.3)
    raise AssertionError(log.read_text())
