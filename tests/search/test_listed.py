"""A list of settings as a search."""

from sweep.search.base import SearchMethod
from sweep.search.listed import Listed
from sweep.trial import Proposal

POINTS = [{"a": 1}, {"a": 2}, {"a": 1}]


def test_each_in_its_order_and_then_no_more():
    proposals = list(iter(SearchMethod(Listed(POINTS)).ask, None))
    assert [(p.number, p.params) for p in proposals] == list(enumerate(POINTS))


def test_what_was_asked_before_is_passed_over():
    listed = Listed(POINTS)
    listed.recall(Proposal(0, POINTS[0]))
    assert listed.choose(1) == (POINTS[1], None)
