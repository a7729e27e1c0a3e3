"""Parts of a spec in files of their own: `config: "file:hedge.yaml"`, relative to the spec.

A section, an item of a list (strategies, actors, exec_algorithms, venues), a config, the space of the search or one of
its parameters may stand in a file. Its content takes the place of the reference before anything is checked; mistakes in
it have the file's own lines.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sweep.common.files.text_file import read_text
from sweep.common.json_values import is_list, is_mapping
from sweep.errors import InputError, Problem, did_you_mean
from sweep.spec import yaml_document
from sweep.spec.components.places import LISTS, SINGLE
from sweep.spec.yaml_document import Document, Keys

MARK = "file:"
TEXTS = {"name", "catalog"}  # sections that are texts themselves; a catalog may be at file:///…


def include(doc: Document, folder: Path) -> list[Problem]:
    """Put the content of files in the place of their references; return the mistakes in the references."""
    problems: list[Problem] = []
    for depth in (1, 2, 3):  # a file of a section may refer to files of its items, and these to files of configs
        for keys, reference in list(_references(doc.data, depth)):
            problems += _put(doc, keys, folder / reference.removeprefix(MARK).strip(), reference)
    return problems


def _references(data: Any, depth: int) -> Iterator[tuple[Keys, str]]:
    """The references among sections (depth 1), their items (2), configs and parameters of the search (3)."""
    places: list[Keys] = [(section,) for section in data if section not in TEXTS]
    if depth == 2:
        lists = [section for section in (*LISTS, "venues") if is_list(data.get(section))]
        places = [(section, n) for section in lists for n in range(len(data[section]))]
        places += [("search", "space")] if is_mapping(data.get("search")) else []
    if depth == 3:
        singles: list[Keys] = [(section,) for section in SINGLE if is_mapping(data.get(section))]
        several = [(s, n) for s in LISTS if is_list(data.get(s)) for n, i in enumerate(data[s]) if is_mapping(i)]
        places = [(*keys, "config") for keys in (*singles, *several)]
        search = data.get("search")
        space = search.get("space") if is_mapping(search) else None
        places += [("search", "space", name) for name in space] if is_mapping(space) else []
    for keys in places:
        value = _at(data, keys)
        if isinstance(value, str) and value.startswith(MARK):
            yield keys, value


def _at(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = data.get(str(key)) if is_mapping(data) else data[key]
    return data


def _put(doc: Document, keys: Keys, file: Path, reference: str) -> list[Problem]:
    where = ".".join(map(str, keys))
    try:
        text = read_text(file, yaml_document.LENGTH)
        part = yaml_document.parse(text, file.name, is_whole=False)
    except InputError as error:
        return list(error.problems)
    except FileNotFoundError:
        near = did_you_mean(file.name, (p.name for p in file.parent.glob("*.y*ml"))) if file.parent.is_dir() else ""
        return [Problem(where, "names a file that does not exist", reference, near)]
    except (OSError, ValueError) as error:  # ValueError: it is no UTF-8, or has a NUL in its name
        reason = getattr(error, "strerror", None) or error
        return [Problem(where, f"names a file that cannot be read: {reason}", reference)]
    doc.length += part.length
    if doc.length > yaml_document.LENGTH or len(doc.lines) + len(part.lines) > 2 * yaml_document.VALUES:
        rule = f"makes the spec too long: more than {yaml_document.LENGTH:,} characters or {2 * yaml_document.VALUES:,}"
        raise InputError(Problem(where, f"{rule} values, those of all its files", reference))
    _at(doc.data, keys[:-1])[keys[-1]] = part.data
    doc.lines |= {(*keys, *inner): line for inner, line in part.lines.items() if inner}
    doc.files[keys] = file.name
    return []
