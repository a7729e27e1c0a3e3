from decimal import Decimal

import pyarrow as pa
import pytest

from sweep.catalog.ingest.parsing.cell_error import CellError
from sweep.catalog.ingest.parsing.number_texts import decimal_sign, decimals_of, emptied, number_of


def read(*texts: str) -> list[Decimal | None]:
    column = emptied(pa.array(texts))
    return decimals_of(column, decimal_sign([column])).to_pylist()


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1,10427", "1,1"], ["1.10427", "1.1"]), (["1,234", "1,234.5"], ["1234", "1234.5"]),
        (["1.234,5", "7", "1.200"], ["1234.5", "7", "1200"]), (["$189.95", "1 234.5"], ["189.95", "1234.5"]),
        (["12.5M", "3K", "1B"], ["12500000", "3000", "1000000000"]), (["1E-5", "-3", "+2"], ["0.00001", "-3", "2"]),
        (["1'234.5"], ["1234.5"]), (["0,123"], ["0.123"]),
        (["1,5K", "2,25M"], ["1500", "2250000"]), (["1.10427", "1,234"], ["1.10427", "1234"]),
        (["1,234", "5.25"], ["1234", "5.25"]),
        (["1,234K", "1.5"], ["1234000", "1.5"]), (["1,234,567"], ["1234567"]), ([" 5 ", "5."], ["5", "5"]),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(texts, numbers):
    assert read(*texts) == [Decimal(n) for n in numbers]


def test_words_for_nothing():
    assert read("", "NaN", "null", "N/A", "None", "-", "nan", "1") == [None] * 7 + [1]


@pytest.mark.parametrize("text", ["abc", "1.2.3", "inf", "1e400", "12:30", "0.12345678901234567"])
def test_what_is_no_number(text):
    with pytest.raises(CellError) as error:
        read("1", text)
    assert error.value.row == 1 and error.value.text == text and error.value.remedy


def test_a_comma_that_may_be_either():
    with pytest.raises(CellError) as error:
        read("1,234", "2,345", "7", "1.234")
    assert "--decimal" in error.value.remedy


def test_two_signs_in_one_column():
    with pytest.raises(CellError):
        read("1,5", "1.5")


@pytest.mark.parametrize(
    ("text", "number"), [("55,5", "55.5"), (" 1,234.5 ", "1234.5"), ("1.5M", "1500000"), ("-1,5k", "-1500")]
)
def test_one_number_by_its_own_signs(text, number):
    assert number_of(text) == Decimal(number)


@pytest.mark.parametrize("text", ["12%", "1,234", "1,2,3", "", "K", "1e"])
def test_one_text_that_is_no_plain_number(text):
    with pytest.raises(CellError):
        number_of(text)
