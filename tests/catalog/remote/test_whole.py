"""The way from steps to what they lead to."""

import pytest

from sweep.catalog.remote import followed


def test_each_step_is_said():
    def steps():
        yield "one"
        yield 2
        return "there"

    messages = []
    assert followed(steps(), messages.append) == "there"
    assert messages == ["one", "2"]


def test_what_goes_wrong_on_the_way_is_raised():
    def steps():
        yield "one"
        raise EOFError

    with pytest.raises(EOFError):
        followed(steps())
