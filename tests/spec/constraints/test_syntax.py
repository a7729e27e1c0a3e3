"""Expressions that would cost too much, and those that people write."""

import pytest

from sweep.spec.space_parser import parse
from tests.support.effort import cpu_below

SPACE = {"a": [1, 2, 3], "kind": ["x", "yy"]}
BOMBS = [
    "a ** 9999999999 > 1", "9**9**9**9 > a", "2**(2**(2**(2**(2**a)))) > 1", "a ** -99999999 > 0", "1 << 10**10 > a",
    "'a' * 10000000 == 'b'", "'%1000000000d' % a == ''", "f'{a:1000000000}' == ''", "'{:>999999999}'.format(a) == ''",
    "'a'.ljust(10**10) == 'b'", "'a'.zfill(10**10) == 'b'", "round(a / 3, 10**10) > 0", "int('9' * 10000000) > a",
    "(" * 3000 + "a" + ")" * 3000, "-" * 1500 + "a > 0", "not " * 300 + "a", "a > 0" + " and a > 0" * 100_000,
    "9" * 100_000 + " > a", "[x for x in 'a' * 100000000]", "a.__class__.__mro__", "(lambda: 1)()", "a > 0\0",
    "[1] * 1000000000 == 1", "{a: 1}", "a := 3", "__import__('os')", "open('x')",
]  # fmt: skip


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: text[:30].replace("\0", "NUL"))
def test_it_is_refused_with_a_sentence_soon(text: str):
    with cpu_below(1):
        _, problems = parse(SPACE, [text], {})
        assert len(problems) == 1
        assert problems[0].where == "search.constraints.0"
        assert len(str(problems[0])) < 5_000


@pytest.mark.parametrize(
    "text",
    [
        "a + 1 < 3 and kind == 'x'", "'y' in kind or a == 1", "round(a / 3, 2) <= 0.33", "a % 2 == 1",
        "a ** 2 < 9", "a ** 0.5 < 1.5", "2 ** -a < 0.5", "min(a, 2) == a", "-(-(-a)) < 0", "float('0.5') < a",
        " + ".join(["a"] * 60) + " > 60",
    ],
)  # fmt: skip
def test_what_people_write_is_taken(text: str):
    space, problems = parse(SPACE, [text], {})
    assert not problems
    assert list(space.points())
