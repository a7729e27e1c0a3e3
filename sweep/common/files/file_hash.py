"""Hash of a file's content."""

from hashlib import file_digest
from pathlib import Path


def content_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
