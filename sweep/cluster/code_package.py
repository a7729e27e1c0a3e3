"""Files of the working directory that go to the cluster: user code. Never data, results, environments or secrets."""

import os
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from sweep.errors import InputError, Problem

LIMIT = 64 * 2**20  # bytes of files, before compression; each machine of the cluster keeps them
MANY = 10_000  # files
SHOWN = 5  # of the largest, where there is too much
EPOCH = (1980, 1, 1, 0, 0, 0)  # times do not make a package another one

FOLDERS = ("__pycache__", "node_modules", "venv", "mlruns", "mlartifacts", "build", "dist", "*.egg-info")
MARKS = ("pyvenv.cfg", "ledger.sqlite", "ray_bootstrap_config.yaml")  # files of a virtualenv, a sweep, a cluster's keys
DATA = (
    "*.parquet", "*.feather", "*.arrow", "*.csv", "*.csv.gz", "*.dbn", "*.zst", "*.h5", "*.hdf5", "*.npy", "*.npz",
    "*.db", "*.sqlite", "*.sqlite3", "*.db-*", "*.sqlite-*", "*.tar", "*.tar.gz", "*.tgz", "*.zip", "*.log", "*.pyc",
    "*.whl",
)  # fmt: skip
SECRETS = (
    "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.keystore", "*.kdbx", "*.asc", "*.gpg", "id_rsa*", "id_dsa*",
    "id_ecdsa*", "id_ed25519*", "auth_token", "netrc", "*htpasswd*",
)  # fmt: skip
TELLING = ("secret", "credential", "password", "passwd", "token", "apikey", "api_key", "private_key")
CODE = (".py", ".pyi", ".so", ".pyx", ".md", ".rst")  # files that only speak of secrets


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files of a package, by their names inside it."""

    files: Mapping[str, Path]

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files.values())


def choose(
    root: Path, *, leave: Iterable[Path] = (), include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> Chosen:
    """The files to ship. Honours .gitignore where git is; `leave` are folders, the rest patterns on relative names.

    `include` brings back data, never a secret. Raises InputError where it is too much, naming the largest.
    """
    away = [path.resolve() for path in leave]
    files: dict[str, Path] = {}
    for name in _candidates(root, away):
        path = root / name
        if _is_shipped(PurePosixPath(name), include, exclude) and not _is_below(path, away) and path.is_file():
            files[name] = path
        if len(files) > MANY:
            rule = f"holds more than {MANY:,} files to ship"
            raise InputError(Problem("working directory", rule, str(root), "submit from the folder of your project"))
    chosen = Chosen(dict(sorted(files.items())))
    if chosen.bytes > LIMIT:
        raise InputError(_too_large(root, chosen))
    return chosen


def write(chosen: Chosen, target: Path, more: Mapping[str, str]) -> None:
    """The package as a zip file: equal content gives equal bytes. `more` are texts by name."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, path in chosen.files.items():
            _add(package, name, path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644)
        for name, text in sorted(more.items()):
            _add(package, name, text.encode(), 0o644)


def _add(package: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
    package.writestr(info, content)


def _candidates(root: Path, away: Sequence[Path]) -> Iterator[str]:
    """Names below the root that may be shipped, as far as folders tell."""
    if (tracked := _by_git(root)) is None:
        yield from _walk(root, away)
        return
    yield from (name for name in tracked if not _in_marked(root, name))


def _by_git(root: Path) -> list[str] | None:
    """List the files that git tracks or would add; None without git, or outside of a repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        process = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return [name for name in process.stdout.split("\0") if name] if process.returncode == 0 else None


def _walk(root: Path, away: Sequence[Path]) -> Iterator[str]:
    for folder, inner, names in os.walk(root):
        here = Path(folder)
        inner[:] = sorted(n for n in inner if not _is_left(n) and not _is_marked(here / n) and here / n not in away)
        yield from ((here / name).relative_to(root).as_posix() for name in sorted(names))


def _in_marked(root: Path, name: str) -> bool:
    parents = (root / parent for parent in PurePosixPath(name).parents if parent.name)
    return any(_is_marked(parent) for parent in parents)


def _is_marked(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in MARKS)


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    where = path.resolve()
    return any(where.is_relative_to(folder) for folder in folders)


def _is_left(folder: str) -> bool:
    return folder.startswith(".") or any(fnmatch(folder, pattern) for pattern in FOLDERS)


def _is_shipped(name: PurePosixPath, include: Sequence[str], exclude: Sequence[str]) -> bool:
    if is_secret(name) or any(map(_is_left, name.parts[:-1])) or name.name.startswith("."):
        return False
    if any(fnmatch(str(name), pattern) for pattern in exclude):
        return False
    is_data = any(fnmatch(name.name.lower(), pattern) for pattern in DATA)
    return not is_data or any(fnmatch(str(name), pattern) for pattern in include)


def is_secret(name: PurePosixPath) -> bool:
    """True if a file looks like it contains a secret; code that only mentions secrets does not."""
    low = name.name.lower()
    tells = any(word in low for word in TELLING) and name.suffix.lower() not in CODE
    return tells or any(fnmatch(low, pattern) for pattern in SECRETS)


def _too_large(root: Path, chosen: Chosen) -> Problem:
    largest = sorted(chosen.files.items(), key=lambda f: -f[1].stat().st_size)[:SHOWN]
    named = ", ".join(f"{name} ({path.stat().st_size / 2**20:,.1f} MiB)" for name, path in largest)
    rule = f"is {chosen.bytes / 2**20:,.0f} MiB to ship, more than {LIMIT / 2**20:.0f}; the largest: {named}"
    remedy = "leave some out with --exclude PATTERN or in .gitignore; data belongs where the cluster reads it"
    return Problem("working directory", rule, str(root), remedy)
