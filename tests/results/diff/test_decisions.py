"""Two sides by hand.

    A                                           B
    SPY LONG  10 at 100 … 101   +10.00          the same, 0.4 s later                   agrees
    SPY SHORT 10 at 102 … 101   +10.00          LONG                       -10.00       side    -20.00
    QQQ LONG   5 at  50 …  52   +10.00          10                         +20.00       size    +10.00
    SPY LONG  10 at 103 … 102   -10.00          out at 103, earlier          0.00       exit    +10.00
    SPY LONG  10 at 104 … 105   +10.00          –                                       only A  -10.00
    –                                           SPY SHORT 2 at 105           7.25       only B   +7.25

A earned 30.00, B 27.25 and 1.00 of interest: B - A is -1.75.
"""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.results.diff.decisions import Decision, Side, Tolerance, compare, join

S = 1_000_000_000
DAY = 86_400 * S


def decision(at: float, instrument: str, side: str, size: float, price: float, out: float, pnl: str, held: int = 60):
    time = int(at * S)
    return Decision(time, instrument, side, size, price, time + held * S, out, Decimal(pnl))


A = [
    decision(0, "SPY", "LONG", 10, 100, 101, "10.00"),
    decision(100, "SPY", "SHORT", 10, 102, 101, "10.00"),
    decision(200, "QQQ", "LONG", 5, 50, 52, "10.00"),
    decision(300, "SPY", "LONG", 10, 103, 102, "-10.00"),
    decision(400, "SPY", "LONG", 10, 104, 105, "10.00"),
]
B = [
    decision(0.4, "SPY", "LONG", 10, 100, 101, "10.00"),
    decision(100, "SPY", "LONG", 10, 102, 101, "-10.00"),
    decision(200, "QQQ", "LONG", 10, 50, 52, "20.00"),
    decision(300, "SPY", "LONG", 10, 103, 103, "0.00", held=40),
    decision(500, "SPY", "SHORT", 2, 105, 101.375, "7.25"),
]
ONE = Side("a", A, pnl_total=Decimal("30.00"), currency="USD")
OTHER = Side("b", B, pnl_total=Decimal("28.25"), currency="USD")


def test_the_example_worked_by_hand():
    comparison = compare(ONE, OTHER)
    assert [pair.kinds for pair in comparison.pairs] == [(), ("side",), ("size",), ("exit",), ("only A",), ("only B",)]
    assert comparison.parity == pytest.approx(100 / 6)
    assert comparison.kinds == {"only A": 1, "only B": 1, "side": 1, "size": 1, "price": 0, "exit": 1}
    pnl = comparison.pnl
    assert pnl
    assert pnl.total == Decimal("-1.75")
    assert pnl.by_kind == {
        "agreed": 0, "only A": Decimal("-10.00"), "only B": Decimal("7.25"), "side": Decimal("-20.00"),
        "size": Decimal("10.00"), "price": 0, "exit": Decimal("10.00"),
    }  # fmt: skip
    assert pnl.beside == Decimal("1.00")
    assert sum(pnl.by_kind.values()) + pnl.beside == pnl.total
    assert comparison.days == {"1970-01-01": (6, 5)}
    assert comparison.worst_day == pytest.approx(500 / 6)


def test_days_stand_apart():
    later = [replace(d, time=d.time + DAY) for d in A[:1]]
    comparison = compare(Side("a", [*A, *later]), Side("b", [*B, *later]))
    assert comparison.days == {"1970-01-01": (6, 5), "1970-01-02": (1, 0)}


def test_within_the_tolerances_nothing_differs():
    near = replace(A[0], time=A[0].time + S, price=100.005, exit_price=101.005)
    assert compare(Side("a", A[:1]), Side("b", [near]), Tolerance(price=1.0)).pairs[0].kinds == ()
    assert compare(Side("a", A[:1]), Side("b", [near])).pairs[0].kinds == ("price", "exit")
    late = replace(near, time=near.time + 1)
    assert [p.kinds for p in compare(Side("a", A[:1]), Side("b", [late])).pairs] == [("only A",), ("only B",)]


def test_what_one_side_does_not_know_is_not_compared():
    log = Side("log", [Decision(A[1].time, "SPY", "SHORT")], knows=frozenset())
    comparison = compare(Side("a", A[1:2]), log)
    assert comparison.pairs[0].kinds == ()
    assert comparison.pnl is None


def test_open_and_closed_differ_in_the_exit():
    still = replace(A[0], exit_time=None, exit_price=None)
    assert compare(Side("a", A[:1]), Side("b", [still])).pairs[0].kinds == ("exit",)
    assert compare(Side("a", [still]), Side("b", [still])).pairs[0].kinds == ()


def test_the_nearest_belong_together_and_of_one_moment_those_of_one_side():
    a = [decision(10, "X", "LONG", 1, 5, 6, "1"), decision(10, "X", "SHORT", 1, 5, 4, "1")]
    b = [decision(10, "X", "SHORT", 1, 5, 4, "1"), decision(10, "X", "LONG", 1, 5, 6, "1")]
    assert join(a, b, S) == {0: 1, 1: 0}
    assert join([a[0]], [replace(a[0], time=11 * S), replace(a[0], time=10 * S + 1)], S) == {0: 1}


def test_nothing_on_both_sides_is_no_disagreement():
    comparison = compare(Side("a", []), Side("b", []))
    assert (comparison.parity, comparison.worst_day, comparison.pairs) == (None, 0.0, ())


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from("XY"), st.integers(-5, 5)), max_size=12), st.integers(0, 5)
)
def test_parts_always_add_up_and_each_decision_is_taken_once(rows, shift):
    a = [Decision(t * S, name, "LONG", 1.0, 1.0, pnl=Decimal(pnl)) for t, name, pnl in rows]
    b = [replace(d, time=d.time + shift * S // 2) for d in a[::2]]
    sums = [sum((d.pnl for d in side), Decimal(0)) for side in (a, b)]
    comparison = compare(Side("a", a, pnl_total=sums[0]), Side("b", b, pnl_total=sums[1]))
    assert len([p for p in comparison.pairs if p.a]) == len(a)
    assert len([p for p in comparison.pairs if p.b]) == len(b)
    assert comparison.pnl
    assert comparison.pnl.beside == 0
    assert compare(Side("a", a), Side("b", a)).parity in (100, None)


def test_a_strategy_of_both_sides_is_joined_with_itself():
    def of(strategy: str, size: float) -> Decision:
        return Decision(S, "SPY", "LONG", size, 100.0, strategy=strategy)

    fast, slow = of("fast", 6), of("slow", 4)
    assert join([fast, slow], [of("slow", 6), of("fast", 4)], 0) == {0: 1, 1: 0}
    assert join([fast], [slow], 0) == {0: 0}, "a strategy alone that has another name there"
    assert join([fast, slow], [of("fast", 6), of("other", 4)], 0) == {0: 0, 1: 1}
    assert join([fast, slow], [of("", 4)], 0) == {0: 0}, "a log knows no strategies"
    assert join([fast, fast], [fast, slow], 0) == {0: 0}
