"""Names of files that somebody else wrote: in a manifest, in an archive, in a job's metadata."""

import re
from pathlib import PurePosixPath

NAME = "[A-Za-z0-9][A-Za-z0-9_.-]{0,79}"  # grammar of the name of a sweep
LONGEST = 1024  # characters of a name
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, and what no file name can have
SHA256 = re.compile(r"[0-9a-f]{64}")


def is_inside(name: object) -> bool:
    """True if a name, appended to a folder, stays in it: relative, without `..`, parts divided by one /."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST or UNFIT.search(name) or "\\" in name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.as_posix() == name and name != "."


def is_sha256(text: object) -> bool:
    """True if a text is a SHA-256 in hexadecimal, and nothing beside it."""
    return isinstance(text, str) and SHA256.fullmatch(text) is not None
