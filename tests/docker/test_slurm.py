"""The Slurm job on two nodes: containers, and a stand-in for `srun` that starts the command on both, as Slurm does."""

import os
import subprocess
import uuid
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]

SRUN = """#!/bin/bash
while [ "${1#--}" != "$1" ]; do shift; done
export -p | grep -v -e HOSTNAME -e SLURMD >/shared/environment
printf '%q ' "$@" >/shared/command
touch /shared/ready
exec "$@"
"""
SECOND = "until [ -e /shared/ready ]; do sleep 0.2; done; . /shared/environment; eval exec $(cat /shared/command)"
FIRST = "docker/slurm/sweep.sbatch search_spaces/demo_grid.yaml --tracking-uri none"
NODES = ("node-1", "node-2")


def docker(*arguments: str) -> str:
    process = subprocess.run(["docker", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout + process.stderr


@pytest.fixture(scope="module")
def image():
    """The image, built from these files."""
    build = ["build", "--network", os.environ.get("BUILD_NETWORK", "default"), "--file", "docker/Dockerfile"]
    docker(*build, "--tag", "nt-sweep", ".")
    return "nt-sweep"


@pytest.fixture
def nodes(image, tmp_path):
    """Starts a command on both; gives their shared folder and their names for Docker."""
    name = f"sweep-slurm-{uuid.uuid4().hex[:8]}"
    shared, programs = tmp_path / "shared", tmp_path / "bin"
    for folder in (shared, programs):
        folder.mkdir()
    shared.chmod(0o777)
    (programs / "srun").write_text(SRUN)
    (programs / "scontrol").write_text('#!/bin/sh\nprintf "%s\\n" node-1 node-2\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    subprocess.run(["sweep", "catalog", "demo", tmp_path / "data" / "demo"], check=True, capture_output=True)
    mounts = [(shared, "/shared", "rw"), (programs, "/programs", "ro"), (tmp_path / "data", "/project/data", "ro")]
    mounts += [(ROOT / part, f"/project/{part}", "ro") for part in ("docker/slurm", "search_spaces")]
    environment = {
        "PATH": "/programs:/opt/sweep/bin:/usr/bin:/bin", "SWEEP_RUNS_DIR": "/shared/runs", "SLURM_JOB_ID": "4711",
        "SLURM_JOB_NODELIST": "node-[1-2]", "SLURM_JOB_NUM_NODES": "2", "SLURM_CPUS_ON_NODE": "1",
    }  # fmt: skip
    options = [f"--volume={source}:{target}:{mode}" for source, target, mode in mounts]
    options += [f"--env={key}={value}" for key, value in environment.items()]
    options += ["--shm-size=512m", "--workdir=/project", f"--network={name}", "--detach"]
    docker("network", "create", name)
    try:
        for node, command in zip(NODES, (FIRST, SECOND), strict=True):
            own = [f"--name={name}-{node}", f"--hostname={node}", f"--network-alias={node}"]
            docker("run", *options, *own, image, "bash", "-c", command)
        yield shared, [f"{name}-{node}" for node in NODES]
    finally:
        subprocess.run(["docker", "rm", "--force", *(f"{name}-{node}" for node in NODES)], check=False)
        docker("network", "rm", name)


def test_a_job_runs_the_sweep_on_all_its_nodes(nodes):
    shared, (first, second) = nodes
    ended = docker("wait", first).strip()
    logs = docker("logs", first)
    assert ended == "0", logs
    (table,) = (shared / "runs").glob("*/trials.parquet")
    trials = pd.read_parquet(table)
    assert set(trials["state"]) == {"COMPLETE"}
    assert len(trials) == 108
    assert set(trials["worker"].str.partition(":")[0]) == set(NODES)
    token = next(line for line in (shared / "environment").read_text().splitlines() if "RAY_AUTH_TOKEN=" in line)
    assert token.split('"')[1] not in logs + docker("logs", second)


def test_without_a_spec_it_says_how_it_is_called():
    process = subprocess.run([ROOT / "docker" / "slurm" / "sweep.sbatch"], capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert "usage: sbatch" in process.stderr
