"""Kills for memory that the kernel counts."""

import pytest

from sweep.executors.worker.memory_events import count, events_file

V2 = "low 0\nhigh 3\nmax 41\noom 2\noom_kill 2\noom_group_kill 0\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"


@pytest.mark.parametrize(
    ("own", "file", "content"),
    [
        ("0::/user.slice/job\n", "user.slice/job/memory.events", V2),
        ("0::/\n", "memory.events", V2),
        ("0::/../other\n", "memory.events", V2),
        ("5:cpu:/x\n4:memory:/docker/1f\n0::/\n", "memory/docker/1f/memory.oom_control", V1),
        ("4:memory,hugetlb:/docker/1f\n0::/\n", "memory/memory.oom_control", V1),
    ],
    ids=["v2", "v2 in a container", "v2 outside of the namespace", "v1", "v1 in a container"],
)
def test_kills_are_counted_by_either_version(tmp_path, own, file, content):
    (tmp_path / "own").write_text(own)
    root = tmp_path / "cgroup"
    (root / file).parent.mkdir(parents=True)
    (root / file).write_text(content)
    counter_file = events_file(root, tmp_path / "own")
    assert counter_file is not None
    assert count(counter_file) == 2


def test_a_system_without_cgroups_counts_none(tmp_path):
    assert events_file(tmp_path, tmp_path / "nothing") is None
    (tmp_path / "own").write_text("0::/\n")
    (tmp_path / "memory.events").write_text("low 0\n")
    assert events_file(tmp_path, tmp_path / "own") is None
