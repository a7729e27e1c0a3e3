"""Refusals carry a rule and a remedy."""

import pytest

from sweep.backtest.user_code.coercion.refusal import RefusedError, expect, refuse


def test_a_value_that_holds_is_given_back():
    assert expect(True, 5, "must be 5") == 5
    with pytest.raises(RefusedError, match="must be 5"):
        expect(False, 4, "must be 5")


def test_the_nearest_choice_is_the_remedy():
    with pytest.raises(RefusedError) as caught:
        refuse("must be a side", "BUYY", ["BUY", "SELL"])
    assert (caught.value.rule, caught.value.remedy) == ("must be a side", "did you mean 'BUY'?")
