"""Folders that outlive a container, by the kernel's table of mounts."""

from pathlib import Path

import pytest

from sweep.cluster.volume_check import MARK, problems

# fields as in proc(5): id, parent, device, root, mount point, options - type, source, options
MOUNTS = """\
21 1 0:30 / / rw - overlay overlay rw
22 21 0:31 / /dev/shm rw - tmpfs shm rw
23 21 8:1 /var/lib/docker/volumes/sweep_runs/_data /runs rw - ext4 /dev/sda1 rw
24 21 8:1 /var/lib/docker/volumes/{hex}/_data /anonymous rw - ext4 /dev/sda1 rw
25 21 0:50 /export /mnt/with\\040space rw - nfs4 server:/export rw
26 21 8:1 /var/lib/kubelet/pods/1-2/volumes/kubernetes.io~empty-dir/runs /scratch rw - ext4 /dev/sda1 rw
27 21 8:1 /var/lib/kubelet/pods/1-2/volumes/kubernetes.io~csi/pvc-1/mount /claim rw - ext4 /dev/sdb rw
28 23 0:60 / /runs/ram rw - tmpfs tmpfs rw
""".replace("{hex}", "0a" * 32)


@pytest.mark.parametrize("runs", ["/runs", "/runs/team/a", "/mnt/with space/runs", "/claim"])
def test_a_volume_lasts(runs):
    assert problems(Path(runs), MOUNTS) == []


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        ("/home/ray/runs", "root file system"),
        ("/runsaway", "root file system"),
        ("/dev/shm/runs", "/dev/shm is tmpfs"),  # noqa: S108
        ("/runs/ram/a", "/runs/ram is tmpfs"),
        ("/anonymous", "a volume without a name"),
        ("/scratch/a", "an emptyDir"),
    ],
)
def test_what_ends_with_its_container_is_refused(runs, why):
    (problem,) = problems(Path(runs), MOUNTS)
    assert problem.where == "--runs" and "would be lost" in problem.rule and why in problem.rule
    assert MARK in problem.remedy and "s3://" in problem.remedy


def test_a_mark_vouches_for_a_folder_and_those_below_it(tmp_path):
    (tmp_path / MARK).touch()
    assert problems(tmp_path / "a" / "b", MOUNTS) == []
    (tmp_path / MARK).unlink()
    assert problems(tmp_path / "a" / "b", MOUNTS)


def test_this_machine_can_be_asked():
    assert problems(Path("/proc/sys"))[0].where == "--runs"
