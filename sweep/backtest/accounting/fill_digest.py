"""A trail of fills: small enough for every trial of a sweep, enough to name the first fill that differs in a replay.

A running hash over the fills, of which two bytes are kept after each one (after every second, fourth … where there are
many: 8 kB at most), and eight at the end. Two trails that differ first after the n-th fill differ in that fill, but for
one chance in 65,536 of a later one; two that are equal are of the same fills.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

MOST = 4096  # marks kept
MARK, END = 2, 8  # bytes


class Span(NamedTuple):
    """Fills by their place in the trial, from 0: the first difference is in [first, last]."""

    first: int
    last: int


def trail(fills: Iterable[str]) -> str:
    """The trail of fills, each as text that holds all of it."""
    running, marks = blake2b(digest_size=END), list[bytes]()
    for fill in fills:
        running.update(fill.encode() + b"\n")
        marks.append(running.digest()[:MARK])
    thinned = marks[stride(len(marks)) - 1 :: stride(len(marks))]
    return f"{len(marks)}:{b64encode(b''.join(thinned) + running.digest()).decode()}"


def count(text: str) -> int:
    """Number of fills of a trail."""
    return int(text.partition(":")[0])


def stride(fills: int) -> int:
    """After how many fills there is a mark: a power of two."""
    step = 1
    while step * MOST < fills:
        step *= 2
    return step


def first_difference(then: str, now: str) -> Span | None:
    """Position of the first fill that differs; None without a difference. A fill that only one side has counts."""
    if then == now:
        return None
    had, has = count(then), count(now)
    step = max(stride(had), stride(has))
    ours, theirs = _marks(then, step), _marks(now, step)
    same = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    last = min(same * step + step, max(had, has)) - 1
    return Span(min(same * step, last), last)


def _marks(text: str, step: int) -> list[bytes]:
    """The marks after every `step` fills."""
    packed = b64decode(text.partition(":")[2])[:-END]
    packed_marks = [packed[n : n + MARK] for n in range(0, len(packed), MARK)]
    every = step // stride(count(text))
    return packed_marks[every - 1 :: every]
