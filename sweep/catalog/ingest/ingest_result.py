"""The outcome of an ingest, for people and programs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sweep.catalog.ingest.writing.engine_schema import Shelf
    from sweep.catalog.ingest.writing.pending_file import PendingFile
    from sweep.catalog.ingest.writing.transaction import Placed


@dataclass(frozen=True, slots=True)
class Ingested:
    """The rows of one kind and identifier: read, written, dropped. They are counted as what they are called."""

    catalog: Path
    kind: str  # QuoteTick, TradeTick, Bar or the class of events
    identifier: str  # instrument or bar type; "" for events
    noun: str  # quotes, trades, bars …
    is_new: bool  # False: the catalog held all of it already
    read: Mapping[str, int]  # rows by file
    written: int  # rows that are in the catalog now
    added: int  # of these, the ones that it did not hold
    dropped: Mapping[str, int]  # by reason; nothing else is missing
    noticed: Mapping[str, int]  # kept, but worth a look
    first: int  # UNIX nanoseconds, of the first row and of the last
    last: int
    file: Path
    rejects: Path | None = None  # the dropped rows themselves, each with its reason
    notes: tuple[str, ...] = ()  # what else is to be said: columns that are not used, values that were stated

    @classmethod
    def of(cls, catalog: Path, shelf: "Shelf", draft: "PendingFile", placed: "Placed") -> "Ingested":
        """From a draft that has been placed."""
        return cls(
            catalog, shelf.kind, shelf.identifier, shelf.noun, placed.added > 0, {}, draft.rows, placed.added,
            counted(draft.dropped), counted(draft.noticed), draft.first, draft.last, catalog / placed.path,
        )  # fmt: skip

    def told(
        self, read: Mapping[str, int], dropped: Mapping[str, int], noticed: Mapping[str, int],
        rejects: Path | None = None, notes: tuple[str, ...] = (),
    ) -> "Ingested":  # fmt: skip
        """The same, with what was counted before rows came to the draft."""
        dropped, noticed = counted(dropped, self.dropped), counted(noticed, self.noticed)
        return replace(self, read=read, dropped=dropped, noticed=noticed, rejects=rejects, notes=notes)


def counted(*counts: Mapping[str, int]) -> dict[str, int]:
    """Counts together, without what never happened."""
    return {reason: n for some in counts for reason, n in some.items() if n}
