"""Every test starts without the user's settings; a test that needs more than the machine has says so."""

import faulthandler
import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import typer.main
import typer.testing
from hypothesis import settings

from tests.support.effort import FULL, repeats
from tests.support.programs import NEEDED

SUPPORT: pytest.StashKey[dict[str, ModuleType]] = pytest.StashKey()
ENDS: pytest.StashKey[float] = pytest.StashKey()  # when the process is ended, by the monotonic clock
GRACE = 60  # seconds after its time limit, at most, until the process of a test is ended

settings.register_profile(
    "sweep", deadline=None, derandomize=FULL, print_blob=True, max_examples=repeats(100, quick=25)
)
settings.load_profile("sweep")


def pytest_configure() -> None:
    """Remove the user's settings; before any module is imported, since some set their own then."""
    for name in list(os.environ):
        if name.startswith(("SWEEP_", "MLFLOW_", "RAY_")) and not name.startswith("SWEEP_TEST"):
            del os.environ[name]


@cache
def _missing(marker: str) -> str:
    program, find = NEEDED[marker]
    return "" if find() else f"needs {program}, which is missing here"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, or fail it where everything must run."""
    if not FULL and item.get_closest_marker("slow"):
        pytest.skip("slow: runs with SWEEP_TEST=full")
    for marker in NEEDED:
        if item.get_closest_marker(marker) and (missing := _missing(marker)):
            (pytest.fail if FULL else pytest.skip)(missing)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """End the process of a test that hangs in native code, where pytest-timeout cannot: pytest-xdist starts another.

    The clock is set anew only where it would leave too little time: setting it costs a thread.
    """
    marker = item.get_closest_marker("timeout")
    limit = float(marker.args[0] if marker else item.config.getoption("timeout") or item.config.getini("timeout"))
    if not item.config.option.usepdb and item.session.stash.get(ENDS, 0) < time.monotonic() + limit + GRACE / 2:
        faulthandler.dump_traceback_later(limit + GRACE, exit=True, file=sys.__stderr__)
        item.session.stash[ENDS] = time.monotonic() + limit + GRACE


def pytest_sessionfinish() -> None:
    """Stop that clock."""
    faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep the collector of garbage from looking through modules and tests, which stay, again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember the modules of test support that the tests have imported."""
    session.stash[SUPPORT] = {n: m for n, m in sys.modules.items() if n.startswith("tests.support.")}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Put them back where a sweep in this process has imported its strategy's module anew."""
    for name, module in item.session.stash[SUPPORT].items():
        if sys.modules.get(name) is not module:
            sys.modules[name] = module
            setattr(sys.modules["tests.support"], name.rpartition(".")[2], module)


@pytest.fixture(autouse=True, scope="session")
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep caches, telemetry and signal handling of the user from the tests, and theirs from the user."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with SIGINT ignored
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # else each of many processes compiles sweep anew
        patch.setattr("typer.testing._get_command", cache(typer.main.get_command))  # slow to build
        yield


@pytest.fixture(scope="session")
def finished_sweep(tmp_path_factory: pytest.TempPathFactory):
    """A sweep of six trials that has ended (sweeps.finished); a test that changes it takes a copy (sweeps.copied)."""
    from tests.support import sweeps

    return sweeps.finished(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def pruned_sweep(tmp_path_factory: pytest.TempPathFactory):
    """A sweep of four trials of which two are pruned; likewise."""
    from tests.support import sweeps

    return sweeps.pruned(tmp_path_factory.mktemp("pruned"))


@pytest.fixture
def failing_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A uv that fails, and an empty cache for the environments of other engines."""
    from sweep.runner.engines import environment

    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\necho 'no such thing' >&2\nexit 2\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(environment, "program", lambda _: str(program))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def ray_cluster(monkeypatch: pytest.MonkeyPatch):
    """A Ray cluster of a head without cores, to which a test adds machines."""
    import ray
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    head = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    yield head
    ray.shutdown()
    head.shutdown()


@pytest.fixture(scope="module")
def running_s3_server(tmp_path_factory: pytest.TempPathFactory):
    from tests.support import s3

    with s3.serving(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3_server(running_s3_server, monkeypatch: pytest.MonkeyPatch):
    """An S3 server of the module, with the variables that a user sets to reach it."""
    for name, value in running_s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return running_s3_server


@pytest.fixture(autouse=True, scope="module")
def _no_cluster_is_left() -> Iterator[None]:
    """A Ray cluster never meets another module's tests."""
    yield
    ray = sys.modules.get("ray")
    if ray and ray.is_initialized():
        ray.shutdown()
        pytest.fail("the module has left a Ray cluster behind")
