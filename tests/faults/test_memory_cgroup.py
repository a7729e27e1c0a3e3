"""The kernel ends a worker because the memory of its cgroup is used up, as in a container with a limit."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweep.trial import State
from tests.support import drivers, sweeps
from tests.support.drivers import Driver

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path("/sys/fs/cgroup")
ROOM = 3 * 2**30  # of the driver, Ray and two workers, of about 1.2 GiB
JOIN = 'echo $$ > "$1"/cgroup.procs && shift && exec "$@"'


@pytest.fixture
def group() -> Iterator[Path]:
    """A memory cgroup with a limit, of version 2 or 1."""
    is_second = (
        "memory" in (ROOT / "cgroup.controllers").read_text() if (ROOT / "cgroup.controllers").exists() else False
    )
    place = (ROOT if is_second else ROOT / "memory") / f"sweep-test-{os.getpid()}"
    try:
        if is_second:
            (ROOT / "cgroup.subtree_control").write_text("+memory")
        place.mkdir()
        (place / ("memory.max" if is_second else "memory.limit_in_bytes")).write_text(str(ROOM))
    except OSError as error:
        pytest.skip(f"no memory cgroup can be made here: {error}")
    yield place
    place.rmdir()


def test_a_kill_by_the_kernel_is_called_memory(group: Path, tmp_path: Path):
    space = {"strategy.how": ["well", "hoard"], "strategy.seed": [1, 2]}
    limits = {"trial_timeout": "100s", "retries": 1}
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), space, limits=limits)
    spec, runs = sweeps.write(tmp_path / "spec.yaml", content), tmp_path / "runs"
    join = ("sh", "-c", JOIN, "sh", str(group))
    driver = Driver("run", spec, "--runs-dir", runs, "--workers", 1, "--no-tracking", prefix=join)
    code, out, err = driver.end(250)
    assert driver.is_alone(30), driver.left()
    assert "Traceback" not in err
    rows = drivers.rows(runs)
    ends = {(row.params["strategy.how"], row.state, row.reason, row.message) for row in rows.values()}
    words = "the kernel killed it: the memory of its container, or of the machine, was used up"
    words += " (fewer workers, or more memory)"
    assert ends == {("well", State.COMPLETE, None, ""), ("hoard", State.FAILED, "memory", words)}, (code, out, err)
