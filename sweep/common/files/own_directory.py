"""Directories that nobody but their user writes to."""

import os
import shlex
import stat
from pathlib import Path

from sweep.errors import InputError, Problem


def own_directory(path: Path, *, follow: bool = True) -> Path:
    """Make a directory for this user alone, or take the one that is there if only this user can write to it.

    With `follow` a link of this user's is followed. Raises InputError where others can write, or nothing can be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        states = [path.lstat(), *([path.stat()] if follow else [])]
    except OSError as error:
        remedy = "choose a directory that you may write to"
        raise InputError(Problem(str(path), f"cannot be made: {error.strerror or error}", remedy=remedy)) from None
    if strangers := {state.st_uid for state in states} - {os.geteuid(), 0}:
        rule = f"belongs to another user ({min(strangers)}), who can change what is in it"
        raise InputError(Problem(str(path), rule, remedy="choose another directory, or take that one away"))
    mode = states[-1].st_mode
    if not stat.S_ISDIR(mode):
        raise InputError(Problem(str(path), "is no directory", remedy="take it away"))
    if mode & 0o022:
        rule = f"can be written to by other users (mode {stat.S_IMODE(mode):o})"
        raise InputError(Problem(str(path), rule, remedy=f"chmod go-w {shlex.quote(str(path))}"))
    return path
