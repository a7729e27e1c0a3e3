from sweep.search.base import SearchMethod
from sweep.search.grid import Grid
from sweep.spec.space import Choice, Range, Space
from sweep.trial import Proposal

SPACE = Space((Choice("a", (1, 2)), Range("b", 0.1, 0.3, 0.1)))
POINTS = list(SPACE.points())


def test_every_point_once_in_order_and_nothing_to_record():
    proposals = list(iter(SearchMethod(Grid(SPACE)).ask, None))
    assert [p.params for p in proposals] == POINTS
    assert [p.number for p in proposals] == list(range(6))
    assert {p.memo for p in proposals} == {None}


def test_what_was_asked_before_is_passed_over():
    grid = Grid(SPACE)
    grid.recall(Proposal(0, POINTS[0]))
    assert grid.choose(1) == (POINTS[1], None)
