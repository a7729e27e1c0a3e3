"""Installation: the lock fits pyproject.toml, is complete and names no address; the wheel is whole."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    assert {"sweep/__init__.py", "sweep/py.typed"} <= set(names)
    assert not [name for name in names if not name.startswith(("sweep/", "nt_sweep-"))]
    assert "sweep = sweep.__main__:main" in entry_points
