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

from sweep.common import extras
from tests.support import vendor_files

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = {
    canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^ \\]+)", LOCK, re.MULTILINE)
}
EXTRAS = PROJECT["project"]["optional-dependencies"]
WANTED = [
    Requirement(r)
    for group in (PROJECT["project"]["dependencies"], *EXTRAS.values(), PROJECT["dependency-groups"]["dev"])
    for r in group
    if not r.startswith("nt-sweep[")
]


@pytest.mark.parametrize("dependency", WANTED, ids=str)
def test_the_lock_satisfies_each_dependency(dependency):
    assert dependency.specifier.contains(LOCKED[canonicalize_name(dependency.name)], prereleases=True), (
        "run `make lock`"
    )


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


class Installed:
    """An environment with the wheel alone, outside the clone, and a project folder beside it."""

    def __init__(self, folder: Path, installer: str) -> None:
        self.folder, self.python = folder, folder / "env" / "bin" / "python"
        self.variables = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
        (wheel,) = folder.glob("*.whl")
        base = getattr(sys, "_base_executable", sys.executable)
        uv = Path(sys.executable).with_name("uv")
        (folder / "project").mkdir()
        if installer == "uv":
            self._run(uv, "venv", "--python", base, folder / "env")
            self._pip = [uv, "pip", "install", "--python", self.python]
        else:
            self._run(base, "-m", "venv", folder / "env")
            self._pip = [self.python, "-m", "pip", "install", "--quiet"]
        self.install(str(wheel))

    def install(self, requirement: str) -> None:
        self._run(*self._pip, requirement)

    def _run(self, *command: object) -> None:
        subprocess.run([str(word) for word in command], cwd=self.folder, env=self.variables, check=True)

    def sweep(self, *arguments: str, code: int = 0) -> str:
        command = [self.python.with_name("sweep"), *arguments]
        process = subprocess.run(
            command, cwd=self.folder / "project", env=self.variables, capture_output=True, text=True, check=False
        )
        assert process.returncode == code, process.stderr
        assert "Traceback" not in process.stderr
        return process.stderr if code else process.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_the_wheel_alone_makes_a_project_and_runs_its_sweep(tmp_path, installer):
    installed = Installed(tmp_path, installer)
    vendor_files.write("Polygon", tmp_path / "bars.csv")
    installed.sweep("init", "--csv", "../bars.csv", "--instrument", "AAPL.XNAS")
    assert "8 trials by sharpe_ratio" in installed.sweep("check", "sweep.yaml")
    assert "8 COMPLETE" in installed.sweep("run", "sweep.yaml", "--workers", "2")
    assert (tmp_path / "project" / "mlflow.db").exists()
    assert list(tmp_path.glob("project/runs/*/tearsheets/*.html"))
    assert "identical" in installed.sweep("replay", "aapl-crossover", "0")
    assert "No evidence" in installed.sweep("show", "aapl-crossover")
    report = Path(installed.sweep("report", "aapl-crossover").strip())
    assert "heat" in (tmp_path / "project" / report).read_text()
    _extras_are_asked_for_and_help(installed, tmp_path / "old.py")


def _extras_are_asked_for_and_help(installed: Installed, old_strategy: Path) -> None:
    old_strategy.write_text((ROOT / "tests" / "port" / "strategies" / "crossing.py").read_text())
    strategy = ("init", "--demo", "--folder", "ported", "--strategy", f"{old_strategy}:Crossing")
    features = {
        "ui": ("ui",),
        "pictures": ("report", "aapl-crossover", "--png", "plots"),
        "cluster": ("submit", "sweep.yaml", "--address", "http://127.0.0.1:1"),
        "formats": ("catalog", "ingest", "databento", "no.dbn", "--catalog", "new"),
        "port": strategy,
        "find": ("find", "trades > 0"),
    }
    assert set(features) == set(extras.EXTRAS)
    for extra, command in features.items():
        assert extras.install(extra) in installed.sweep(*command, code=2)
    for extra in ("pictures", "port", "find"):
        installed.install(extras.install(extra).removeprefix("pip install ").strip('"'))
    installed.sweep(*features["pictures"])
    installed.sweep(*strategy)
    assert "aapl-crossover" in installed.sweep(*features["find"])
