"""How settings are chosen: one pair of methods, one file per way."""

from typing import Protocol

from sweep.trial import Params, Result


class Search(Protocol):
    """Proposes settings and hears what became of them."""

    def ask(self) -> Params | None:
        """The next setting; None when there is none now. None and nothing running: the search is finished."""
        ...

    def tell(self, params: Params, result: Result) -> None:
        """What became of a setting that was asked."""
        ...
