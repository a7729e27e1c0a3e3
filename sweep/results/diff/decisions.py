"""Two strategies, or a strategy and what was really done, decision by decision. Pure: plain values in and out.

A decision is an entry with its exit: a position from flat to flat. Decisions of the two sides are joined on instrument
and time of entry; what the two of a pair do not share is named, and the difference of the PnL is attributed to the
pairs.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

KINDS = ("only A", "only B", "side", "size", "price", "exit")
FIELDS = ("size", "price", "exit_time", "exit_price", "pnl")  # what a side may not know of its decisions
SAME = 1e-9  # relative; the rounding of 64-bit floats is no difference
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Decision:
    """An entry and its exit. What a side does not know (`Side.knows`) is None, and is not compared."""

    time: int  # of the entry, UNIX nanoseconds
    instrument: str
    side: str  # LONG or SHORT
    size: float | None = None
    price: float | None = None
    exit_time: int | None = None  # None: still open, where exits are known
    exit_price: float | None = None
    pnl: Decimal | None = None  # after fees, marked to market where it is still open
    strategy: str = ""  # its name, of a backtest

    @property
    def day(self) -> str:
        """Its UTC date."""
        return f"{datetime.fromtimestamp(self.time // 1_000_000_000, UTC):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared."""

    label: str
    decisions: Sequence[Decision]
    knows: frozenset[str] = frozenset(FIELDS)
    pnl_total: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Tolerance within which two decisions are the same."""

    time: int = 1_000_000_000  # nanoseconds, of entries and of exits
    price: float = 0.0  # basis points


@dataclass(frozen=True, slots=True)
class DecisionPair:
    """Decisions of both sides that belong together, or one that only one side made."""

    a: Decision | None
    b: Decision | None
    kinds: tuple[str, ...]  # in what they differ; nothing: they agree
    pnl: Decimal | None  # of B minus of A; None where one side does not know its PnL

    @property
    def one(self) -> Decision:
        """The decision of A, or of B where A made none."""
        decision = self.a or self.b
        if decision is None:
            raise ValueError("a pair without decisions")
        return decision


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of two sides."""

    a: Side
    b: Side
    pairs: tuple[DecisionPair, ...]  # by time

    @property
    def agreed(self) -> int:
        """Number of decisions that both sides made alike."""
        return sum(not pair.kinds for pair in self.pairs)

    @property
    def parity(self) -> float | None:
        """Decisions that both made alike, in percent of all that either made; None without any."""
        return 100 * self.agreed / len(self.pairs) if self.pairs else None

    @property
    def kinds(self) -> dict[str, int]:
        """Number of differing pairs by kind of difference; a pair may differ in several."""
        return {kind: sum(kind in pair.kinds for pair in self.pairs) for kind in KINDS}

    @property
    def days(self) -> dict[str, tuple[int, int]]:
        """By UTC date of the entry: how many decisions, and how many of them are not alike."""
        by_day: dict[str, list[DecisionPair]] = defaultdict(list)
        for pair in self.pairs:
            by_day[pair.one.day].append(pair)
        return {day: (len(pairs), sum(bool(p.kinds) for p in pairs)) for day, pairs in sorted(by_day.items())}

    @property
    def worst_day(self) -> float:
        """The largest share of decisions of a day that are not alike, percent."""
        return max((100 * bad / all_ for all_, bad in self.days.values()), default=0.0)

    @property
    def pnl(self) -> "Attribution | None":
        """Attribution of the PnL difference; None if one side has no PnL."""
        if self.a.pnl_total is None or self.b.pnl_total is None or any(p.pnl is None for p in self.pairs):
            return None
        total = self.b.pnl_total - self.a.pnl_total
        by_kind: dict[str, Decimal] = dict.fromkeys(("agreed", *KINDS), ZERO)
        for pair in self.pairs:
            by_kind[pair.kinds[0] if pair.kinds else "agreed"] += pair.pnl or ZERO
        return Attribution(total, by_kind, total - sum(by_kind.values(), ZERO))


@dataclass(frozen=True, slots=True)
class Attribution:
    """The PnL of B minus that of A, by the first way in which decisions differ. The parts add up exactly."""

    total: Decimal
    by_kind: Mapping[str, Decimal]
    beside: Decimal  # what no decision earned: interest, starting balances in other currencies


NEAR = Tolerance()


def compare(a: Side, b: Side, tolerance: Tolerance = NEAR) -> Comparison:
    """Join the decisions of two sides, and say in what each pair differs."""
    common = a.knows & b.knows
    pairs = list(_pairs(a, b, tolerance, common))
    return Comparison(a, b, tuple(sorted(pairs, key=lambda p: (p.one.time, p.one.instrument))))


def _pairs(a: Side, b: Side, tolerance: Tolerance, common: frozenset[str]) -> Iterator[DecisionPair]:
    joined = join(a.decisions, b.decisions, tolerance.time)
    for i, j in joined.items():
        one, other = a.decisions[i], b.decisions[j]
        yield DecisionPair(one, other, tuple(differences(one, other, tolerance, common)), _pnl(one, other, common))
    for i, one in enumerate(a.decisions):
        if i not in joined:
            yield DecisionPair(one, None, ("only A",), _pnl(one, None, common))
    taken = set(joined.values())
    for j, other in enumerate(b.decisions):
        if j not in taken:
            yield DecisionPair(None, other, ("only B",), _pnl(None, other, common))


def join(a: Sequence[Decision], b: Sequence[Decision], tolerance: int) -> dict[int, int]:
    """Places in `a` and in `b` of decisions in one instrument at most `tolerance` ns apart; each is taken once.

    Those of a strategy that both sides have are joined with its own alone. The nearest in time first; of equally near
    ones that of the same side, then the nearest in price, then in order.
    """
    by_instrument: dict[str, list[int]] = defaultdict(list)
    for j, other in sorted(enumerate(b), key=lambda item: item[1].time):
        by_instrument[other.instrument].append(j)
    shared = {one.strategy for one in a} & {other.strategy for other in b}
    near = sorted(
        (abs(one.time - b[j].time), one.side != b[j].side, abs((one.price or 0.0) - (b[j].price or 0.0)), i, j)
        for i, one in enumerate(a)
        for j in _window(by_instrument[one.instrument], b, one.time, tolerance)
        if one.strategy == b[j].strategy or not shared & {one.strategy, b[j].strategy}
    )
    joined, taken = dict[int, int](), set[int]()
    for *_, i, j in near:
        if i not in joined and j not in taken:
            joined[i] = j
            taken.add(j)
    return joined


def _window(places: Sequence[int], b: Sequence[Decision], time: int, tolerance: int) -> Sequence[int]:
    first = bisect_left(places, time - tolerance, key=lambda j: b[j].time)
    last = bisect_right(places, time + tolerance, key=lambda j: b[j].time)
    return places[first:last]


def differences(a: Decision, b: Decision, tolerance: Tolerance, common: frozenset[str]) -> Iterator[str]:
    """In what two decisions differ, of what both sides know."""
    if a.side != b.side:
        yield "side"
    if "size" in common and not _near(a.size, b.size, SAME):
        yield "size"
    bps = max(tolerance.price / 1e4, SAME)
    if "price" in common and not _near(a.price, b.price, bps):
        yield "price"
    is_late = "exit_time" in common and not _close(a, b, tolerance.time)
    if is_late or ("exit_price" in common and not _near(a.exit_price, b.exit_price, bps)):
        yield "exit"


def _near(a: float | None, b: float | None, relative: float) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= relative * max(abs(a), abs(b))


def _close(a: Decision, b: Decision, tolerance: int) -> bool:
    if a.exit_time is None or b.exit_time is None:
        return a.exit_time is b.exit_time
    return abs(a.exit_time - b.exit_time) <= tolerance


def _pnl(a: Decision | None, b: Decision | None, common: frozenset[str]) -> Decimal | None:
    if "pnl" not in common:
        return None
    return ((b.pnl if b else None) or ZERO) - ((a.pnl if a else None) or ZERO)
