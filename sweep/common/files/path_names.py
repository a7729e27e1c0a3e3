"""Names of paths that every library can open: UTF-8, without NUL."""

import os
from pathlib import Path

from sweep.errors import InputError, Problem

REMEDY = "choose a path of ordinary characters"


def rule(path: str | Path) -> str:
    """Return why a path cannot be used, "" if it can; a relative one with the directory that it is relative to."""
    text = os.fspath(path)
    if "\0" in text:
        return "must not hold the character NUL"
    if not _is_unicode(text):
        return "must be a path in UTF-8"
    if not Path(text).is_absolute() and not _is_unicode(here := os.getcwd()):  # noqa: PTH109 (as text, also where removed)
        return f"is in a directory whose path is not UTF-8: {here!r}"
    return ""


def check_path(where: str, path: str | Path) -> None:
    """Raise InputError for a path that cannot be used."""
    if wrong := rule(path):
        raise InputError(Problem(where, wrong, os.fspath(path), REMEDY))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
