"""Counts of the rows of a file: each is kept, or counted by a reason."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from sweep.errors import Problem

type Marks = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(slots=True)
class Unfit:
    """Rows that the engine has no object for, of one rule."""

    count: int
    row: int  # the first, from 1
    text: str  # its values


@dataclass(slots=True)
class RowCounts:
    """Rows that are left out, and rows that are worth a look, by reason; and what else is to be said of a file."""

    read: int = 0  # rows of the file
    dropped: Counter[str] = field(default_factory=Counter[str])
    noticed: Counter[str] = field(default_factory=Counter[str])
    notes: dict[str, None] = field(default_factory=dict[str, None])  # in order, each once
    unfit: dict[str, Unfit] = field(default_factory=dict[str, Unfit])  # by the code of the rule
    blanks: Counter[str] = field(default_factory=Counter[str])  # empty fields, by column
    symbols: dict[str, str] = field(default_factory=dict[str, str])  # column → the one instrument that it names
    rounded: dict[str, tuple[int, Decimal]] = field(default_factory=dict[str, tuple[int, Decimal]])

    def note(self, text: str) -> None:
        self.notes.setdefault(text)

    def round(self, noun: str, count: int, most: Decimal) -> None:
        """Take notice of rounded numbers."""
        if count:
            before, largest = self.rounded.get(noun, (0, Decimal(0)))
            self.rounded[noun] = before + count, max(largest, most)

    def refuse(self, code: str, wrong: Marks, rows: Any, text: str) -> None:
        """Take notice of rows that cannot be carried; `text` shows the first."""
        if count := int(np.count_nonzero(wrong)):
            unfit = self.unfit.setdefault(code, Unfit(0, int(rows[int(np.argmax(wrong))]), text))
            unfit.count += count

    def take(self, other: "RowCounts") -> None:
        """Add what another file counted."""
        self.dropped.update(other.dropped)
        self.noticed.update(other.noticed)
        self.notes |= other.notes
        self.symbols |= other.symbols
        for noun, (count, most) in other.rounded.items():
            self.round(noun, count, most)

    def all_notes(self) -> tuple[str, ...]:
        notes = (
            f"{n:,} {noun} were rounded, by {most.normalize():f} at most" for noun, (n, most) in self.rounded.items()
        )
        return (*self.notes, *notes)

    def problems(self, where: str, noun: str) -> list[Problem]:
        """Refusals of what cannot be carried, each with its count, its first row and the option."""
        return [
            Problem(
                where, f"{u.count:,} {noun} are none that the engine can hold ({code}), first in row {u.row}", u.text,
                f"--drop {code} leaves them out and counts them; or correct the file",
            )
            for code, u in self.unfit.items()
        ]  # fmt: skip
