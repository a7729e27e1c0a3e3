"""Every test starts without the user's settings; a test that needs more than the machine has says so."""

import os
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings

from tests.support import alone
from tests.support.programs import NEEDED

FULL = os.environ.get("SWEEP_TEST") == "full"  # set by .ci/run: everything runs, nothing is skipped

settings.register_profile("sweep", deadline=None, derandomize=FULL, print_blob=True)
settings.load_profile("sweep")


def pytest_configure() -> None:
    """No setting of the user's reaches a test; before any module is imported, since some set their own then."""
    for name in list(os.environ):
        if name.startswith(("SWEEP_", "MLFLOW_", "RAY_")) and not name.startswith("SWEEP_TEST"):
            del os.environ[name]


@cache
def _missing(marker: str) -> str:
    what, find = NEEDED[marker]
    return "" if find() else f"needs {what}, which is missing here"


def is_left_out(item: pytest.Item) -> bool:
    return not FULL and item.get_closest_marker("slow") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what this machine cannot run, or fails it where everything must run."""
    if is_left_out(item):
        pytest.skip("slow: runs with SWEEP_TEST=full")
    for marker in NEEDED:
        if item.get_closest_marker(marker) and (missing := _missing(marker)):
            (pytest.fail if FULL else pytest.skip)(missing)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Runs the modules marked `alone` in processes of their own."""
    if is_left_out(item) or not alone.is_apart(item):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in alone.reports(item):
        item.ihook.pytest_runtest_logreport(report=report)
    item.session._setupstate.teardown_exact(nextitem)  # else what an earlier test of its folder set up stays
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Hands what happens in such a process to the one that started it."""
    report = yield
    alone.hand_over(item.config, report)
    return report


@pytest.fixture(autouse=True, scope="session")
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No cache or telemetry of the user's reaches a test, nor the other way round."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        yield
