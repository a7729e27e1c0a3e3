"""The spec in the folder of a sweep, which somebody else may have written: within bounds, or a sentence."""

from collections.abc import Mapping
from typing import Any

from sweep.common.files.text_file import read_text
from sweep.common.json_values import is_mapping
from sweep.errors import InputError, Problem
from sweep.ledger.run_directory import Folder
from sweep.spec import yaml_document


def recorded_text(folder: Folder) -> str:
    """The text of the spec; "" where there is none. InputError where it cannot be read."""
    try:
        text = read_text(folder.spec, yaml_document.LENGTH) if folder.spec.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(folder, f"cannot be read: {error}") from None
    if len(text) > yaml_document.LENGTH:
        raise _unusable(folder, f"has more than {yaml_document.LENGTH:,} characters, which no spec needs")
    return text


def recorded_sections(folder: Folder) -> Mapping[str, Any]:
    """The sections of the spec; none where there is no spec. InputError where it is no spec."""
    text = recorded_text(folder)
    return yaml_document.parse(text, str(folder.spec)).data if text else {}


def recorded_section(folder: Folder, name: str) -> Mapping[str, Any]:
    """A section of the spec; an empty one where it is left out. InputError where it is no section."""
    section = recorded_sections(folder).get(name)
    if section and not is_mapping(section):
        raise _unusable(folder, f"has no section {name} that can be read")
    return section or {}


def _unusable(folder: Folder, rule: str) -> InputError:
    return InputError(Problem(str(folder.spec), rule, remedy="put the spec that was run there again"))
