"""Settings of a user on this machine: `~/.config/sweep/settings.yaml`. A spec cannot have them."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.common.files.text_file import require_regular
from sweep.common.json_values import is_mapping
from sweep.errors import InputError, Problem

PLACE = "sweep/settings.yaml"  # below $XDG_CONFIG_HOME, or ~/.config
LARGEST = 100_000  # bytes of the file
LONGEST = 10_000  # characters of a command
EXAMPLE = {"on_end": 'on_end: notify-send "$SWEEP_SUMMARY"', "bell": "bell: false"}


@dataclass(frozen=True, slots=True)
class UserSettings:
    """Notices that a user wants at the end of a run."""

    path: Path
    on_end: str = ""  # a command of the shell
    bell: bool = True


def user_settings() -> UserSettings:
    """Read the settings; the defaults where there is no file. Raises InputError with all mistakes."""
    path = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config", PLACE)
    try:
        path = path.expanduser()
        text = _own_text(path)
    except (FileNotFoundError, NotADirectoryError, RuntimeError):  # RuntimeError: this user has no home
        return UserSettings(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(str(path), f"cannot be read: {error}", remedy="mend it, or take it away")) from None
    content = _content(path, text)
    if problems := list(_mistakes(path, content)):
        raise InputError(problems)
    return UserSettings(path, **content)


def _own_text(path: Path) -> str:
    require_regular(path)
    with path.open("rb") as file:
        state = os.fstat(file.fileno())
        if state.st_uid not in {os.geteuid(), 0} or state.st_mode & 0o022:
            rule = f"can be changed by other users (mode {stat.S_IMODE(state.st_mode):o}), and names a command to run"
            raise InputError(Problem(str(path), rule, remedy=f"own it, and: chmod go-w {path}"))
        if state.st_size > LARGEST:
            raise InputError(
                Problem(str(path), f"has more than {LARGEST:,} bytes", remedy="take out what is no setting")
            )
        return file.read().decode()


def _content(path: Path, text: str) -> dict[str, Any]:
    import yaml

    try:
        content: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(Problem(str(path), f"is no YAML: {error}", remedy=EXAMPLE["on_end"])) from None
    if content is None:
        return {}
    if not is_mapping(content):
        raise InputError(Problem(str(path), "must have names and values", content, EXAMPLE["on_end"]))
    return {str(name): value for name, value in content.items()}


def _mistakes(path: Path, content: dict[str, Any]) -> Iterator[Problem]:
    for name, value in content.items():
        where = f"{path}, {name}"
        if name not in EXAMPLE:
            yield Problem(where, f"is no setting: {', '.join(EXAMPLE)}", value, "take it out")
        elif name == "bell" and not isinstance(value, bool):
            yield Problem(where, "must be true or false", value, EXAMPLE[name])
        elif name == "on_end" and (not isinstance(value, str) or len(value) > LONGEST or "\0" in value):
            rule = f"must be a command of the shell, {LONGEST:,} characters at most"
            yield Problem(where, rule, value, EXAMPLE[name])
