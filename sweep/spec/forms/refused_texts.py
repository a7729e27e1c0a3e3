"""Texts that no spec may hold: addresses with a password, and paths that no library can open."""

from typing import Any

from sweep.common.addresses import problem, redact
from sweep.common.escaping import for_storage
from sweep.common.files import path_names
from sweep.common.json_values import is_list, is_mapping
from sweep.common.object_store import is_url
from sweep.errors import Problem


def refused_texts(data: Any) -> list[Problem]:
    """Return the refusals, and put a text without the secret, or nothing, in the place of what is refused."""
    problems = _without_secrets(data, "")
    for holder, key, where in ((data, "catalog", "catalog"), (data.get("tracking"), "uri", "tracking.uri")):
        place: Any = holder if is_mapping(holder) else {}
        text: object = place.get(key)
        if isinstance(text, str) and (rule := path_names.rule("/" + text if is_url(text) else text)):
            problems.append(Problem(where, rule, text, path_names.REMEDY))
            place[key] = for_storage(text)
    return problems


def _without_secrets(holder: Any, where: str) -> list[Problem]:
    problems: list[Problem] = []
    for key, value in _items(holder):
        place = f"{where}.{key}".lstrip(".")
        if isinstance(value, str):
            refused = problem(place, value)
            problems += refused
            if refused:
                holder[key] = redact(value)
        else:
            problems += _without_secrets(value, place)
    return problems


def _items(holder: object) -> list[tuple[Any, Any]]:
    if is_mapping(holder):
        return list(holder.items())
    return list(enumerate(holder)) if is_list(holder) else []
