"""Parts of a spec that `enabled: false` leaves out: venues, parameters of the search, the search itself.

Components keep the key: theirs may be a parameter.
"""

from typing import Any

from sweep.common.json_values import is_list, is_mapping
from sweep.errors import Problem
from sweep.spec.yaml_document import Document, Keys

KEY = "enabled"


def leave_out(doc: Document) -> list[Problem]:
    """Remove what is switched off, and the key from what is not; return switches that are neither."""
    problems: list[Problem] = []
    if is_list(venues := doc.data.get("venues")):
        off = [n for n, venue in enumerate(venues) if _is_off(venue, f"venues.{n}", problems)]
        doc.data["venues"] = [venue for n, venue in enumerate(venues) if n not in off]
        doc.lines = {_moved(keys, off): line for keys, line in doc.lines.items() if not _is_in(keys, off)}
        doc.files = {_moved(keys, off): file for keys, file in doc.files.items() if not _is_in(keys, off)}
    search = doc.data.get("search")
    if _is_off(search, "search", problems):
        doc.data["search"] = {"space": {}}
        doc.data.pop("prefer", None)
    elif is_mapping(search) and is_mapping(space := search.get("space")):
        off_names = [name for name, written in space.items() if _is_off(written, f"search.space.{name}", problems)]
        whole: Any = search
        whole["space"] = {name: written for name, written in space.items() if name not in off_names}
    return problems


def _is_off(part: Any, where: str, problems: list[Problem]) -> bool:
    """True if a part is switched off; its key is taken out."""
    if not is_mapping(part) or KEY not in part:
        return False
    holder: Any = part
    if not isinstance(value := holder.pop(KEY), bool):
        remedy = "only components may have it as a parameter" if is_mapping(value) or is_list(value) else ""
        problems.append(Problem(f"{where}.{KEY}", "must be true or false", value, remedy))
    return value is False


def _is_in(keys: Keys, off: list[int]) -> bool:
    return len(keys) > 1 and keys[0] == "venues" and keys[1] in off


def _moved(keys: Keys, off: list[int]) -> Keys:
    """The place of what stands behind venues that were removed."""
    if len(keys) > 1 and keys[0] == "venues" and isinstance(n := keys[1], int):
        return ("venues", n - sum(m < n for m in off), *keys[2:])
    return keys
