"""Files that are shipped to a cluster, and files that never are."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from sweep.cluster import code_package
from sweep.errors import InputError

CODE = ("my_strategy.py", "lib/tools.py", "lib/secrets_of_trading.py", "config.yaml", "README.md", "lib/token.py")
LEFT = (
    ".env", "prod.env", "id_ed25519", "tls/server.key", "aws_credentials.json", "my-secret.txt", "api_token.txt",
    ".git/config", ".ssh/id_rsa", "data/quotes.parquet", "ticks.csv", "mlflow.db", "mlflow.db-wal",
    "runs/s-1/report.html",
    "runs/s-1/ledger.sqlite", "env/pyvenv.cfg", "env/lib/site.py", "pkg/__pycache__/a.py", "mlruns/0/meta.yaml",
    "auth_token", ".ray/auth_token",
)  # fmt: skip


def lay(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test_code_is_shipped_and_data_results_environments_and_secrets_are_not(tmp_path):
    lay(tmp_path, *CODE, *LEFT)
    assert set(code_package.choose(tmp_path).files) == set(CODE)


def test_in_a_repository_what_git_ignores_stays(tmp_path):
    lay(tmp_path, *CODE, *(name for name in LEFT if name != ".git/config"), "notes/private.txt")
    (tmp_path / ".gitignore").write_text("notes/\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert set(code_package.choose(tmp_path).files) == set(CODE)


def test_patterns_leave_out_and_bring_back_but_never_a_secret(tmp_path):
    lay(tmp_path, "a.py", "b.py", "calendar.csv", "prod.env")
    chosen = code_package.choose(tmp_path, include=["*.csv", "*.env"], exclude=["b.*"])
    assert set(chosen.files) == {"a.py", "calendar.csv"}


def test_the_catalog_stays_whatever_is_in_it(tmp_path):
    lay(tmp_path, "a.py", "catalog/notes.txt")
    assert set(code_package.choose(tmp_path, leave=[tmp_path / "catalog"]).files) == {"a.py"}


def test_too_much_is_refused_with_the_largest_files(tmp_path, monkeypatch):
    monkeypatch.setattr(code_package, "LIMIT", 1000)
    lay(tmp_path, "a.py", "small.bin")
    (tmp_path / "model.bin").write_bytes(bytes(2000))
    with pytest.raises(InputError, match=r"more than 0; the largest: model\.bin .*--exclude"):
        code_package.choose(tmp_path)


def test_too_many_files_are_refused_before_they_are_all_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(code_package, "MANY", 3)
    lay(tmp_path, *(f"{n}.py" for n in range(9)))
    with pytest.raises(InputError, match="more than 3 files"):
        code_package.choose(tmp_path)


def test_equal_content_makes_an_equal_package(tmp_path):
    written: list[bytes] = []
    for place in (tmp_path / "one", tmp_path / "two"):
        lay(place, "b.py", "a.py")
        code_package.write(
            code_package.choose(place), target := tmp_path / "package.zip", {".sweep/request.json": "{}"}
        )
        written.append(target.read_bytes())
    assert written[0] == written[1]
    with zipfile.ZipFile(tmp_path / "package.zip") as package:
        assert package.namelist() == ["a.py", "b.py", ".sweep/request.json"]
        assert package.read("a.py") == b"a.py"
