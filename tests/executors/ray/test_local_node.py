"""A node of this machine is reached by its user alone."""

import fcntl
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweep.errors import InputError
from sweep.executors.base import ExecutorOptions
from sweep.executors.ray import local_node
from sweep.executors.ray.executor import RayExecutor
from sweep.executors.ray.local_node import LocalNode
from tests.support import sweeps
from tests.support.drivers import ROOT

LOOPBACK = {
    "0100007F",
    "0000000000000000FFFF00000100007F",
    "00000000000000000000000001000000",
}  # as the kernel has them


@pytest.fixture
def node(tmp_path_factory, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/var/tmp")  # noqa: S108
    node = LocalNode()
    yield node
    node.end()


def test_its_directory_is_its_user_s_alone_and_goes_with_it(node):
    place = Path(node.begin()["_temp_dir"]).parent
    assert place.parent == Path("/var/tmp")  # noqa: S108
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    node.end()
    assert not place.exists()


@pytest.mark.parametrize("before", [{}, {"RAY_AUTH_MODE": "disabled"}, {"RAY_AUTH_TOKEN": "of a cluster"}])
def test_it_always_has_a_token_and_the_environment_is_as_before_afterwards(node, before, monkeypatch):
    for name in [name for name in os.environ if name.startswith("RAY_AUTH")]:
        monkeypatch.delenv(name)  # Ray sets its mode where it starts a node
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    node.begin()
    assert os.environ["RAY_AUTH_MODE"] == "token" and len(os.environ["RAY_AUTH_TOKEN"]) == 64
    node.end()
    assert {n: v for n, v in os.environ.items() if n.startswith("RAY_AUTH")} == before


def test_a_path_that_is_too_long_for_a_socket_is_left_aside(node, tmp_path, monkeypatch):
    long = tmp_path / ("x" * 60)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert not node.begin()["_temp_dir"].startswith(str(long))
    node.end()
    monkeypatch.setattr(local_node, "PLACES", ())
    with pytest.raises(
        InputError, match=r"TMPDIR: no directory can be made for Ray: .*too long for a socket; set it to a short"
    ):
        node.begin()


def test_a_missing_temporary_directory_is_left_aside(node, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/no/such")
    assert Path(node.begin()["_temp_dir"]).parent.parent == Path("/tmp")  # noqa: S108
    node.end()
    monkeypatch.setattr(local_node, "PLACES", ("/proc/no",))
    with pytest.raises(InputError, match="/no/such: No such file or directory; /proc/no: No such file"):
        node.begin()


def test_what_a_killed_process_left_is_removed_and_nothing_else(node, tmp_path, monkeypatch):
    monkeypatch.setattr(local_node, "PLACES", (str(tmp_path),))
    monkeypatch.setattr("tempfile.tempdir", "/no/such")
    monkeypatch.setattr(local_node, "BELOW", 0)
    names = dead, alive, young, _ = [tmp_path / f"{local_node.PREFIX}{n}" for n in ("dead", "alive", "young", "link")]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    names[3].symlink_to(tmp_path / "mine")
    for place in names[:3]:
        place.mkdir()
        (place / local_node.LOCK).touch()
    old = time.time() - 2 * local_node.NEW
    for place in (dead, alive, tmp_path / "mine"):
        os.utime(place, (old, old))
    with (alive / local_node.LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        node.begin()
    assert not dead.exists() and alive.exists() and young.exists() and (tmp_path / "mine" / "file").exists()


@pytest.mark.slow
def test_no_other_machine_and_no_other_user_reaches_it():
    """The sockets of all its processes, as the kernel has them."""
    import ray

    executor = RayExecutor({}, ExecutorOptions(workers=1))
    try:
        worker = ray.get(ray.remote(pid).remote(), timeout=60)
        ray_node = ray._private.worker._global_node
        pids = {p.process.pid for group in ray_node.all_processes.values() for p in group} | {worker, os.getpid()}
        listening = listeners(pids)
        assert len(listening) >= 4, listening
        assert {address for address, _ in listening} <= LOOPBACK, listening
        place = Path(ray_node.get_session_dir_path()).parent.parent
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        token = os.environ["RAY_AUTH_TOKEN"]
        assert not [path for path in place.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    finally:
        executor.close()
    assert not place.exists()


def pid() -> int:
    return os.getpid()


def listeners(pids: set[int]) -> set[tuple[str, str]]:
    """Address and port of the TCP sockets on which processes listen."""
    own = {str(fd.readlink()) for pid in pids for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()}
    lines = [line.split() for f in ("tcp", "tcp6") for line in Path(f"/proc/net/{f}").read_text().splitlines()[1:]]
    return {tuple(w[1].split(":")) for w in lines if w[3] == "0A" and f"socket:[{w[9]}]" in own}


def test_where_there_is_no_shared_memory_it_keeps_objects_in_files(node, tmp_path, monkeypatch):
    assert "_plasma_directory" not in node.begin()
    monkeypatch.setattr(local_node, "SHARED_MEMORY", str(tmp_path / "missing"))
    options = node.begin()
    assert Path(options["_plasma_directory"]) == Path(options["_temp_dir"]).parent


@pytest.mark.slow
def test_a_sweep_runs_where_shared_memory_is_read_only(tmp_path):
    """Ray's raylet died there, and after half a minute a message said that the machine was overloaded."""
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1, 2]})
    spec = sweeps.write(tmp_path / "spec.yaml", content)
    inside = 'mount -t tmpfs -o ro tmpfs /dev/shm && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", inside, "sh", sys.executable, "-m", "sweep", "run", str(spec)]
    if os.geteuid() or subprocess.run([*command[:5], "sh", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    options = ["--runs-dir", str(tmp_path / "runs"), "--no-tracking"]
    ended = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "2 COMPLETE" in ended.stdout
