"""Templates of the pages: what they are given is escaped."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.common.escaping import for_html

if TYPE_CHECKING:
    from jinja2 import Template

PAGE = Path(__file__).parent / "templates"


@cache
def template(name: str) -> "Template":
    """A template of this package; what it is given is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, finalize=for_html
    )
    environment.filters["upperfirst"] = _upper_first
    return environment.get_template(name)


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
