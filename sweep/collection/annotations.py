"""Tags and notes that people give to sweeps."""

import re
from collections.abc import Iterable, Iterator, Mapping

from sweep.common.escaping import CONTROL
from sweep.errors import InputError, Problem
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,49}(\.[A-Za-z0-9_-]{1,50}){0,3}")
RESERVED = ("mlflow.", "sweep.")  # names of tags that MLflow and this project write
LONGEST_VALUE, LONGEST_NOTE = 250, 5_000  # characters


def tag(folder: Folder, assignments: Iterable[str], removed: Iterable[str] = ()) -> Mapping[str, str]:
    """Set tags (`NAME=VALUE`) of a sweep and remove others, also while it runs; its tags afterwards.

    Raises InputError with all mistakes, and changes nothing then.
    """
    folder.check_writable()
    pairs = [text.partition("=") for text in assignments]
    with Ledger.open(folder.ledger, write=True) as ledger:
        tags = dict(ledger.facts.tags)
        problems = [p for name, equals, value in pairs for p in _mistakes(name, equals, value)]
        problems += [
            Problem("--remove", "is no tag of this sweep", name, f"its tags: {', '.join(tags) or 'none'}")
            for name in removed
            if name not in tags
        ]
        if problems:
            raise InputError(problems)
        left = {name: value for name, value in tags.items() if name not in set(removed)}
        tags = dict(sorted((left | {name: value for name, _, value in pairs}).items()))
        ledger.note(tags=tags)
    return tags


def _mistakes(name: str, equals: str, value: str) -> Iterator[Problem]:
    text = f"{name}{equals}{value}"
    if not equals:
        yield Problem("TAG", "has no value", text, f"{name}=VALUE")
    elif not NAME.fullmatch(name) or name.startswith(RESERVED):
        rule = (
            "is no name of a tag: letters, digits, _ - and single dots, a letter first; mlflow. and sweep. are reserved"
        )
        yield Problem("TAG", rule, text, "team=rates")
    elif not value or len(value) > LONGEST_VALUE or CONTROL.search(value) or "\n" in value:
        yield Problem("TAG", f"needs a value of 1 to {LONGEST_VALUE} characters in one line", text, f"{name}=VALUE")


def note(folder: Folder, text: str) -> None:
    """Give a sweep a note, in place of the one that it has; an empty text removes it."""
    text = text.strip()
    if len(text) > LONGEST_NOTE or CONTROL.search(text):
        rule = f"is longer than {LONGEST_NOTE:,} characters, or has control characters"
        raise InputError(Problem("TEXT", rule, f"{text[:40]!r} …", "shorten it"))
    folder.check_writable()
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(note=text)
