"""Address of an MLflow store, made absolute; preparation of a SQLite file. MLflow itself is not imported."""

import os
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit

from sweep.common.addresses import problem, redact
from sweep.errors import Problem, did_you_mean

SQLITE = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?):///(?P<path>[^?]*)(?P<query>\?.*)?", re.DOTALL)
SERVERS = ("http", "https")
DATABASES = ("postgresql", "mysql", "mssql")
PASSWORD = "SWEEP_TRACKING_PASSWORD"  # noqa: S105 (name of the variable that holds it)
REMEDIES = {True: f"give postgresql://USER@HOST/NAME, and export {PASSWORD}",
            False: "leave it out, and export MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrackingStore:
    """One MLflow store. `uri` does not depend on the current directory."""

    uri: str

    @classmethod
    def at(cls, uri: str, *, base: Path | None = None) -> Self:
        """The store at an address; a relative SQLite path is relative to `base`, by default the current directory."""
        match = SQLITE.fullmatch(uri)
        if not match:
            return cls(uri)
        path = ((base or Path.cwd()) / match["path"]).resolve()
        return cls(f"{match['scheme']}:///{path}{match['query'] or ''}")

    @property
    def path(self) -> Path | None:
        """The file of a SQLite store."""
        match = SQLITE.fullmatch(self.uri)
        return Path(match["path"]) if match else None

    @property
    def is_server(self) -> bool:
        """True if the address is that of an MLflow server."""
        return urlsplit(self.uri).scheme in SERVERS

    @property
    def is_database(self) -> bool:
        """True if MLflow opens the store as a database itself."""
        return self.path is not None or _is_database(urlsplit(self.uri).scheme)

    @property
    def artifacts(self) -> Path | None:
        """The folder of the artifacts, where it is ours to choose: beside a SQLite file, else where we are."""
        if self.path:
            return self.path.parent / "mlartifacts"
        return None if self.is_server or self.uri.startswith("databricks") else Path.cwd() / "mlartifacts"

    @property
    def shown(self) -> str:
        """The address without what may be a secret in it."""
        return redact(self.uri)

    @property
    def holds_secret(self) -> bool:
        """True if the address holds what may be a secret: it would be written down, and shown."""
        return self.shown != self.uri

    @property
    def opened(self) -> str:
        """The address to open, with the password of the environment; of a database alone, a server takes its own."""
        scheme, _, rest = self.uri.partition("://")
        name, at, place = rest.partition("@")
        if not (password := os.environ.get(PASSWORD)) or not at or not _is_database(scheme) or self.holds_secret:
            return self.uri
        return f"{scheme}://{name}:{quote(password, safe='')}@{place}"

    def hide(self, text: str) -> str:
        """A text, such as an error of the store, without the address and the password."""
        secrets = [(self.opened, self.shown), (self.uri, self.shown), (os.environ.get(PASSWORD, ""), "***")]
        for secret, masked in secrets:
            text = text.replace(secret, masked) if secret else text
        return text

    def prepare(self) -> None:
        """Set WAL on a SQLite file, which stays set: MLflow then writes a run in two thirds of the time."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.path, timeout=10)) as db:
            db.execute("PRAGMA journal_mode = WAL")  # slower without, as on a network disk, and as right

    def analyze(self) -> None:
        """Tell a SQLite file what it holds: a list of 10,000 runs by a metric is then found 40 times as fast."""
        if self.path is None:
            return
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.path, timeout=10)) as db:
            db.execute("PRAGMA analysis_limit = 1000")
            db.execute("ANALYZE")
            db.commit()

    def checkpoint(self) -> None:
        """Empty the log beside a SQLite file, which stays as long as it ever was; later where others use it now."""
        if self.path is None or not self.path.exists():
            return
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.path, timeout=0)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_database(scheme: str) -> bool:
    return scheme.partition("+")[0] in DATABASES


def problems(uri: str, where: str = "tracking.uri") -> list[Problem]:
    """Return the mistakes in the form of an address, without the secret that it may hold."""
    if refused := problem(where, uri, REMEDIES[_is_database(uri.partition(":")[0])]):
        return refused
    try:
        scheme = urlsplit(uri).scheme
    except ValueError as error:
        return [Problem(where, f"is no address: {error}", uri)]
    if match := SQLITE.fullmatch(uri):
        rule = "must name a file: other processes cannot see a database in memory"
        return (
            [Problem(where, rule, uri, "for example sqlite:///mlflow.db")] if match["path"] in ("", ":memory:") else []
        )
    if scheme.partition("+")[0] in (*SERVERS, *DATABASES):
        return (
            []
            if urlsplit(uri).netloc
            else [Problem(where, "must name a host", uri, f"for example {scheme}://HOST:PORT")]
        )
    if uri == "databricks" or scheme == "databricks":
        return []
    rule = "must be sqlite:///FILE, http(s)://HOST:PORT, or a database such as postgresql://USER@HOST/NAME"
    if scheme in ("", "file"):
        return [
            Problem(where, rule, uri, "MLflow keeps no more runs in plain folders; for example sqlite:///mlflow.db")
        ]
    return [Problem(where, rule, uri, did_you_mean(scheme, ("sqlite", *SERVERS, *DATABASES)))]


def home() -> dict[str, str]:
    """A home directory for MLflow where this user has none, as a variable: it does not load without."""
    try:
        Path.home()
    except RuntimeError:
        return {"HOME": str(Path.cwd())}
    return {}
