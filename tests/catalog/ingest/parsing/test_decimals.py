from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sweep.catalog.ingest.parsing.decimals import DECIMAL, InexactError, decimals, units

WHOLE = st.lists(st.integers(-(2**62), 2**62), min_size=1)


@given(WHOLE, st.integers(0, 16))
def test_there_and_back_is_exact(numbers, digits):
    column = decimals(np.array(numbers, np.int64), digits)
    assert column.type == DECIMAL
    assert column.to_pylist() == [Decimal(n).scaleb(-digits) for n in numbers]
    assert units(column, digits, "prices").tolist() == numbers


@example([4_611_686_018_414_661_377], 0, 2)  # which arrow 25 rescales to another number
@given(WHOLE, st.integers(0, 16), st.integers(0, 16))
def test_a_precision_holds_exactly_or_not_at_all(numbers, digits, precision):
    exact = [Decimal(n).scaleb(-digits) for n in numbers]
    column = pa.chunked_array([pa.array([value], DECIMAL) for value in exact])
    lost = [value for value in exact if Fraction(value) * 10**precision % 1]
    if lost:
        with pytest.raises(InexactError, match=f"{len(lost)} prices of more than {precision} decimals") as error:
            units(column, precision, "prices")
        assert not any(Fraction(value) * 10**error.value.needed % 1 for value in exact)
        assert any(Fraction(value) * 10 ** (error.value.needed - 1) % 1 for value in exact)
    elif all(abs(value.scaleb(precision)) < 2**63 for value in exact):
        assert units(column, precision, "prices").tolist() == [int(value.scaleb(precision)) for value in exact]
    else:
        with pytest.raises(ValueError, match="too large"):
            units(column, precision, "prices")


def test_a_part_of_a_column_is_that_part():
    column = decimals(np.arange(9, dtype=np.int64), 2)
    assert units(column[3:5], 2, "prices").tolist() == [3, 4]
    assert units(column[:0], 2, "prices").tolist() == []
