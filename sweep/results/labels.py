"""Labels of trials: their distinguishing parameters, cut to a width."""

import json
from collections.abc import Mapping, Sequence

from sweep.common.json_values import Plain


def label(params: Mapping[str, Plain]) -> str:
    """The parameters in short: the last part of each name, or more of it where two would be the same."""
    return " ".join(
        f"{short}={text(value)}" for short, value in zip(_shorts(list(params)), params.values(), strict=True)
    )


def _shorts(names: Sequence[str]) -> list[str]:
    lasts = [name.rpartition(".")[2] for name in names]
    return [last if lasts.count(last) == 1 else name for name, last in zip(names, lasts, strict=True)]


def text(value: Plain) -> str:
    """A value as a person writes it in the spec: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def cut(content: str, limit: int) -> str:
    """At most `limit` characters, with a sign where something is missing."""
    return content if len(content) <= limit else content[: limit - 1] + "…"
