from random import Random

import pytest

from sweep.analysis.importance import importance
from sweep.space import Choice, LogRange, Range, Space

SPACE = Space(
    (Range("much", 0.0, 1.0), Range("little", 0.1, 0.9, 0.1), Choice("none", (1, True, "x")), LogRange("log", 1, 100))
)


def trials(count: int = 300):
    random = Random(3)
    points = [SPACE.draw(random) or {} for _ in range(count)]
    return [(p, -((float(p["much"]) - 0.3) ** 2) - 0.05 * float(p["little"]) ** 2) for p in points]  # type: ignore[arg-type]


@pytest.mark.parametrize(("direction", "sign"), [("maximize", 1), ("minimize", -1)])
def test_what_decides_comes_first_and_shares_add_up(direction: str, sign: int):
    shares = importance(SPACE, [(p, sign * v) for p, v in trials()], direction)
    assert next(iter(shares)) == "much"
    assert shares["much"] > 0.6
    assert shares["none"] < 0.1
    assert sum(shares.values()) == pytest.approx(1.0)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_of_too_little_nothing_is_said():
    assert importance(SPACE, trials(9), "maximize") == {}
    assert importance(SPACE, [(p, 1.0) for p, _ in trials(50)], "maximize") == {}
