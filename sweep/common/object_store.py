"""Files at a URL (s3, gs, az, http, https, file), over the library obstore.

Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS,
AZURE_STORAGE_ACCOUNT_KEY …) or from the machine's role. A URL that carries any is refused: URLs are written down.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sweep.common import addresses, extras
from sweep.errors import InputError, Problem, SweepError

SCHEMES = ("s3", "gs", "az", "http", "https", "file")
SMALL = 256 * 2**20  # bytes of a list of files
CHUNK = 8 * 2**20  # bytes held at a time of what is read
RETRY: dict[str, Any] = {  # some six seconds in all
    "max_retries": 5,
    "retry_timeout": timedelta(seconds=15),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=4), "base": 2},
}
CLIENT: dict[str, Any] = {
    "allow_http": True,  # where the user names a place as http://…
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=15),  # of a server that says nothing
    "timeout": timedelta(days=1),  # a file takes as long as it takes
}
METADATA = ("169.254.169.254", "metadata.google.internal", "169.254.170.2")  # who is asked where no credentials are


class StorageError(SweepError):
    """A place cannot be used. `problem` has the place, the rule and the remedy."""

    def __init__(self, where: str, rule: str, remedy: str = "") -> None:
        self.problem = Problem(where, rule, remedy=remedy)
        super().__init__(str(self.problem))


class UnreachableError(StorageError):
    """Nobody answers there, or whoever did is gone."""


class DeniedError(StorageError):
    """The credentials of this environment, or their absence, do not open the place."""


class NotFoundError(StorageError):
    """There is no such file, bucket or directory."""


class UnwritableError(StorageError):
    """The local file that was to take what was read cannot be written."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in a store."""

    name: str  # relative to the store's URL, parts divided by /
    size: int
    etag: str = ""  # changes when the file does; "" where the store has none


def is_url(place: str) -> bool:
    """True if a place is written as a URL; else it is a path of this machine."""
    return "://" in place


def problems(url: str) -> list[str]:
    """Return the mistakes in the form of a URL, a sentence each; never with the secret that it may carry."""
    if addresses.holds_secret(url):
        return [f"{addresses.RULE}; {addresses.REMEDY}"]
    try:
        parts = urlsplit(url)
        port = parts.port  # raises for one that is too large
    except ValueError as error:
        return [f"is no URL: {error}"]
    if parts.scheme not in SCHEMES:
        return [f"must start with one of {', '.join(f'{s}://' for s in SCHEMES)}"]
    mistakes: list[str] = []
    if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
        mistakes.append("must name an absolute path of the machine: file:///…")
    if parts.scheme != "file" and not parts.hostname and port is None:
        mistakes.append("must name a host" if parts.scheme.startswith("http") else "must name a bucket")
    return mistakes


class ObjectStore:
    """The files below one URL. Each method raises a StorageError within seconds where the place does not answer."""

    def __init__(self, url: str, *, create: bool = False) -> None:
        """`create` makes the directory of a file:// URL (or plain path) that is to be written."""
        url = url if is_url(url) else Path(url).resolve().as_uri()
        if wrong := problems(url):
            raise InputError([Problem("url", rule, addresses.redact(url)) for rule in wrong])
        extras.require("cluster", url)
        self.url = url.rstrip("/")
        self._store = self._opened(create=create)

    def _opened(self, *, create: bool) -> Any:
        from obstore.store import LocalStore, from_url

        if self.url.startswith("file://"):
            folder = Path(unquote(urlsplit(self.url).path))
            if not create and not folder.is_dir():
                raise NotFoundError(self.url, "there is no such directory")
            with self._said(""):
                return LocalStore(folder, mkdir=create)
        options: dict[str, Any] = {"client_options": CLIENT, "retry_config": RETRY}
        with self._said(""):
            return from_url(self.url, **options)

    def at(self, name: str) -> str:
        """The URL of a file."""
        return f"{self.url}/{name}" if name else self.url

    def list(self, below: str = "") -> Iterator[StoredFile]:
        """Every file, or every one in a directory. HTTP has no such thing: StorageError."""
        import obstore

        if self.url.startswith("http"):
            raise StorageError(self.url, "cannot be listed over HTTP")
        with self._said(below):
            pages: Any = obstore.list(self._store, below or None)  # pyright: ignore[reportUnknownMemberType]
            for page in pages:
                yield from (StoredFile(meta["path"], meta["size"], meta["e_tag"] or "") for meta in page)

    def head(self, name: str) -> StoredFile:
        """Return size and identity of a file without reading it."""
        import obstore

        with self._said(name):
            meta = obstore.head(self._store, name)
        return StoredFile(name, meta["size"], meta["e_tag"] or "")

    def chunks(self, name: str) -> Generator[bytes]:
        """A file in pieces; raises Unreachable where it ends before its size."""
        import obstore

        with self._said(name):
            answer = obstore.get(self._store, name)
            stream, left = answer.stream(min_chunk_size=CHUNK), answer.meta["size"]
        while True:
            with self._said(name):
                if (piece := next(stream, None)) is None:
                    break
            left -= len(piece)
            yield bytes(piece)
        if left:
            raise UnreachableError(self.at(name), f"ended {left:+,} bytes away from its size", "try again")

    def read(self, name: str) -> bytes:
        """A small file. One that is not small is refused, and not held in memory."""
        content = bytearray()
        for piece in self.chunks(name):
            content += piece
            if len(content) > SMALL:
                raise StorageError(self.at(name), f"is larger than {SMALL // 2**20} MiB, which such a file never is")
        return bytes(content)

    def get(self, name: str, target: Path) -> None:
        """Write a file to a local path, a piece at a time. What was there is replaced when all has been read."""
        part = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                for piece in self.chunks(name):
                    file.write(piece)
            part.replace(target)
        except OSError as error:
            raise UnwritableError(str(target), f"cannot be written: {error.strerror or error}") from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def put(self, name: str, content: Path | bytes) -> None:
        """Write a file whole: readers see all of it or what was there before."""
        import obstore

        with BytesIO(content) if isinstance(content, bytes) else content.open("rb") as source, self._said(name):
            obstore.put(self._store, name, source)

    def delete(self, name: str) -> None:
        """Take a file away; nothing happens where there is none."""
        import obstore

        try:
            with self._said(name):
                obstore.delete(self._store, name)
        except NotFoundError:
            pass

    @contextmanager
    def _said(self, name: str) -> Generator[None]:
        """Describe an error of the library in sweep's words."""
        from obstore import exceptions as failures

        library_errors = (failures.BaseError, FileNotFoundError, FileExistsError, ValueError, OSError)
        try:
            yield
        except StorageError:
            raise
        except library_errors as error:
            raise translate_error(error, self.at(name), self.url) from error


REMEDY = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_ENDPOINT_URL for a server of your own), or "
    "AWS_SKIP_SIGNATURE=true for a public bucket",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


def translate_error(error: Exception, where: str, url: str) -> StorageError:
    """Translate the errors of the library into sweep's.

    Its classes do not tell a bucket from a file, a refusal of the server from a broken answer, nor who lacks
    credentials, and its errors carry no code: only their texts do.
    """
    from obstore import exceptions as failures

    message = str(error).partition("\n\nDebug source:")[0]
    line = addresses.hide(" ".join(message.split()))[:240]  # it names the endpoint
    scheme = url.partition("://")[0]
    if "NoSuchBucket" in message or "ContainerNotFound" in message:
        return NotFoundError(
            url, "there is no such bucket", "check its name, and AWS_ENDPOINT_URL" if scheme == "s3" else ""
        )
    if any(host in message for host in METADATA) or "Account must be specified" in message:
        return DeniedError(where, "this environment holds no credentials for it", REMEDY.get(scheme, ""))
    refused = isinstance(error, (failures.PermissionDeniedError, failures.UnauthenticatedError, PermissionError))
    if refused or " 401 " in message or " 403 " in message:
        reason = next((code for code in ("SignatureDoesNotMatch", "InvalidAccessKeyId") if code in message), "")
        rule = "may not be used with the credentials of this environment" + (f" ({reason})" if reason else "")
        return DeniedError(where, rule, REMEDY.get(scheme, ""))
    if isinstance(error, FileNotFoundError) or "404 Not Found" in message:
        return NotFoundError(where, "there is no such file")
    if any(text in message for text in ("HTTP error", "error sending request", "error decoding response", " 50")):
        return UnreachableError(where, f"does not answer: {line}", "check the address and the network, then try again")
    return StorageError(where, f"cannot be used: {line}")
