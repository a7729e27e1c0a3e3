"""Problems that `sweep doctor` reports on unfit machines."""

import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from sweep.cli.handlers import doctor
from sweep.cli.handlers.doctor import Check
from tests.support.project import ROOT


def find(name: str, runs: Path) -> Check:
    return next(f for f in doctor.examine(f"sqlite:///{runs}/mlflow.db", runs) if f.what == name)


def test_a_package_that_is_missing_is_an_error_with_a_remedy(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package",))
    check = find("no-such-package", tmp_path)
    assert (check.level, check.remedy) == ("error", "install the project again: make setup")
    assert doctor.main(f"sqlite:///{tmp_path}/mlflow.db", tmp_path, as_json=True) == 1


def test_the_first_package_is_this_project_by_the_name_of_its_distribution():
    assert doctor.PACKAGES[0] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]


def test_little_memory_says_how_many_workers_fit(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(doctor, "WORKER", 1e15)
    check = find("memory", tmp_path)
    assert check.level == "warning"
    assert "--workers 1" in check.remedy


def test_a_full_disk_is_a_warning(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(doctor, "ROOM", 10**18)
    assert find("disk", tmp_path).level == "warning"


def test_an_mlflow_that_cannot_be_reached_is_a_warning(tmp_path: Path):
    check = next(f for f in doctor.examine("http://127.0.0.1:9", tmp_path) if f.what == "MLflow")
    assert check.level == "warning"
    assert "sweep sync" in check.remedy


@pytest.mark.parametrize("as_json", [True, False])
def test_it_prints_every_finding(tmp_path: Path, capsys, as_json: bool):
    assert doctor.main(f"sqlite:///{tmp_path}/mlflow.db", tmp_path, as_json=as_json) == 0
    printed = capsys.readouterr().out
    for name in ("Python", "ray", "cores", "memory", "MLflow"):
        assert name in printed


def test_a_token_that_others_can_read_is_a_warning_whose_remedy_helps(tmp_path: Path, monkeypatch):
    file = tmp_path / "a token"
    file.write_text("secret")
    file.chmod(0o644)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(file))
    check = doctor._token()
    assert check.level == "warning" and "can be read by other users (mode 644)" in check.found
    subprocess.run(shlex.split(check.remedy), check=True)
    assert doctor._token().level == "ok" and "secret" not in doctor._token().found
    file.unlink()
    assert doctor._token().level == "ok"


def test_a_cache_that_others_can_write_to_is_a_warning_whose_remedy_helps(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert doctor._cache().level == "ok"
    (tmp_path / "sweep").chmod(0o777)
    check = doctor._cache()
    assert check.level == "warning" and "can be written to by other users" in check.found
    subprocess.run(shlex.split(check.remedy), check=True)
    assert doctor._cache().level == "ok"
