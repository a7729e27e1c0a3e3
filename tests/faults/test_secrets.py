"""A password of the tracking store is in no file and no command line of a sweep; only the environment has it."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sweep.tracking.mlflow.mirror import MirrorHandle
from tests.support import sweeps
from tests.support.commands import invoke
from tests.support.pages import unpacked
from tests.support.project import ROOT

SECRET = "hunter2-planted"  # noqa: S105
PLANTED = {
    "SWEEP_TRACKING_PASSWORD": SECRET,
    "MLFLOW_TRACKING_USERNAME": "me",
    "MLFLOW_TRACKING_PASSWORD": SECRET,
}


def command_lines() -> str:
    """Those of all processes, as other users see them."""
    lines: list[str] = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(place.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)


def files_with(secret: str, *places: Path) -> list[str]:
    files = [path for place in places for path in place.rglob("*") if path.is_file() and not path.is_symlink()]
    assert files, "the right places are looked at"
    pages = {path for path in files if path.suffix == ".html" and secret in unpacked(path)}
    return [str(path) for path in files if path in pages or secret.encode() in path.read_bytes()]


@pytest.fixture
def spec(tmp_path):
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1, 2]})
    return sweeps.write(tmp_path / "spec.yaml", content)


@pytest.mark.parametrize(
    "uri",
    [
        f"postgresql://me:1/{SECRET}@db/mlflow",
        f"postgresql://db/n?p%61ssword={SECRET}",
        f"https://mlflow/?token={SECRET}",
    ],
)
@pytest.mark.parametrize("by", ["spec", "--set", "--tracking-uri", "sync", "ui", "replay"])
def test_a_password_in_an_address_is_refused_and_written_nowhere(by, uri, spec, tmp_path, monkeypatch, finished_sweep):
    monkeypatch.chdir(tmp_path)
    runs = finished_sweep.folder.path.parent
    if by == "spec":
        content = sweeps.spec("catalog", {"strategy.buys": [1, 2]}, tracking={"uri": uri})
        place = tmp_path / "given"
        place.mkdir()
        command = ["run", sweeps.write(place / "spec.yaml", content)]
    else:
        command = {
            "--set": ["run", spec, "--set", f"tracking.uri={uri}"],
            "--tracking-uri": ["run", spec, "--tracking-uri", uri],
            "sync": ["sync", finished_sweep.id, "--runs-dir", str(runs), "--tracking-uri", uri],
            "ui": ["ui", "--tracking-uri", uri],
            "replay": ["replay", "--runs-dir", str(runs), "--tracking-uri", uri, "0" * 32],
        }[by]
    output = invoke(*command, code=2).output
    assert "must not hold a password" in output and "export" in output and SECRET not in output
    assert [file for file in files_with(SECRET, tmp_path, runs) if "given" not in file] == []


def test_the_process_of_the_mirror_has_the_address_in_its_environment(finished_sweep, tmp_path):
    """Also that of a sweep of an earlier version, whose spec may hold a password."""
    folder = sweeps.copied(finished_sweep, tmp_path).folder
    mirror = MirrorHandle.start(folder.path, f"postgresql://me:{SECRET}@127.0.0.1:9/mlflow", waits=True)
    assert mirror.pid
    try:
        command = Path(f"/proc/{mirror.pid}/cmdline")
        deadline = time.monotonic() + 60
        while b"mirror_process" not in command.read_bytes():  # empty until the kernel has set the new program up
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert SECRET not in command_lines()
        assert SECRET in Path(f"/proc/{mirror.pid}/environ").read_text()
    finally:
        mirror._process.kill()
        mirror._process.communicate()


@pytest.mark.slow
def test_a_sweep_writes_the_password_nowhere_and_shows_it_to_nobody(spec, tmp_path):
    """A whole sweep with Ray whose server breaks off: the command lines of all processes, and every file."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=refuse, daemon=True).start()
        uri = f"http://127.0.0.1:{server.getsockname()[1]}"
        places = {"TMPDIR": tmp_path / "tmp", "XDG_CACHE_HOME": tmp_path / "cache"}
        for place in places.values():
            place.mkdir()
        environment = os.environ | {name: str(place) for name, place in places.items()} | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "sweep", "run", str(spec), "--tracking-uri", uri, "--workers", "1"]
        listings: list[str] = []
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment | PLANTED, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as run:  # fmt: skip
            while run.poll() is None:
                listings.append(command_lines())
                time.sleep(0.2)
            output = run.stdout.read()
        server.shutdown(socket.SHUT_RDWR)
    assert run.returncode == 0 and "MLflow lacks 2 trials" in output, output
    assert any("mirror_process" in lines for lines in listings) and any("raylet" in lines for lines in listings)
    assert not [lines for lines in listings if SECRET in lines] and SECRET not in output
    log = next((tmp_path / "runs").glob("*/mirror.log")).read_text()
    assert "gave up" in log, "the server was asked"
    assert files_with(SECRET, tmp_path) == []
