"""Installation: the lock fits pyproject.toml, is complete and names no address; the wheel is whole."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support import vendor_files

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = {
    canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^ \\]+)", LOCK, re.MULTILINE)
}
WANTED = [Requirement(r) for r in PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]]


@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_the_lock_satisfies_each_dependency(wanted):
    assert wanted.specifier.contains(LOCKED[canonicalize_name(wanted.name)], prereleases=True), "run `make lock`"


def test_everything_locked_has_hashes_and_no_address():
    entries = re.split(r"^(?=[\w])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(LOCKED)
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]
    assert "://" not in LOCK


def test_the_engine_is_pinned():
    engine = next(w for w in WANTED if w.name == "nautilus_trader")
    assert [s.operator for s in engine.specifier] == ["=="]


def test_nothing_for_graphics_cards_comes_along():
    assert not [name for name in LOCKED if name == "torch" or name.startswith(("nvidia-", "cuda"))]


def test_the_wheel_is_typed_and_brings_the_command(tmp_path):
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry_points,) = (archive.read(n).decode() for n in names if n.endswith("entry_points.txt"))
    assert {"sweep/__init__.py", "sweep/py.typed", "sweep/spec/schema.json"} <= set(names)
    assert "sweep/scaffold/templates/sweep.yaml.j2" in names
    assert not [name for name in names if not name.startswith(("sweep/", "nt_sweep-"))]
    assert "sweep = sweep.__main__:main" in entry_points


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_the_wheel_alone_makes_a_project_and_runs_its_sweep(tmp_path, installer):
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    base = getattr(sys, "_base_executable", sys.executable)
    python = tmp_path / "env" / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    if installer == "uv":
        install = [[uv, "venv", "--python", base, python.parents[1]], [uv, "pip", "install", "--python", python, wheel]]
    else:
        install = [[base, "-m", "venv", python.parents[1]], [python, "-m", "pip", "install", "--quiet", wheel]]
    outside = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    for command in install:
        subprocess.run(command, cwd=tmp_path, env=outside, check=True)
    (tmp_path / "project").mkdir()
    vendor_files.write("Polygon", tmp_path / "bars.csv")

    def sweep(*arguments: str) -> str:
        command = [python.with_name("sweep"), *arguments]
        done = subprocess.run(
            command, cwd=tmp_path / "project", env=outside, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    sweep("init", "--csv", "../bars.csv", "--instrument", "AAPL.XNAS")
    assert "8 trials by pnl_total" in sweep("check", "sweep.yaml")
    assert "8 COMPLETE" in sweep("run", "sweep.yaml", "--workers", "2")
    assert (tmp_path / "project" / "mlflow.db").exists()
    assert "identical" in sweep("replay", "aapl-crossover", "0")
