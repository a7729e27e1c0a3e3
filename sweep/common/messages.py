"""Progress messages: a callable that takes one line for the user."""

from collections.abc import Callable

type Say = Callable[[str], None]


def silent(_: str) -> None:
    """Says nothing."""
