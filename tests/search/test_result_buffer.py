from hypothesis import given
from hypothesis import strategies as st

from sweep.search.result_buffer import ReorderBuffer
from sweep.trial import Result, State


@given(st.permutations(range(8)), st.integers(0, 8))
def test_whatever_comes_when_it_is_released_in_order_and_once(order, last):
    history, released = ReorderBuffer(), list[int]()
    for number in order:
        history.add(number, Result(State.COMPLETE, {"n": number}))
        released += [n for n, result in history.release(last) if result.metrics["n"] == n]
    assert released == list(range(min(last + 1, 8)))
    assert history.learned == len(released)


def test_the_first_word_counts():
    history = ReorderBuffer()
    for value in (1, 2):
        history.add(0, Result(State.COMPLETE, {"n": value}))
    assert [r.metrics["n"] for _, r in history.release(5)] == [1]
    history.add(0, Result(State.FAILED))
    assert list(history.release(5)) == []
