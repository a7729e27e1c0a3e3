"""The number of short trials that go together: enough for the driver to keep up, and few at the end."""

from collections.abc import Sequence

import pytest

from sweep.executors.ray.bunches import KNOWN, LONGEST, MOST, SHORTEST, TASKS, Bunches
from sweep.trial import Result, State, Trial


def lasting(seconds: float, count: int = 1) -> list[Result]:
    return [Result(State.COMPLETE, started=100.0, ended=100.0 + seconds)] * count


def trials(*numbers: int) -> list[Trial]:
    return [Trial(number, f"k{number}", {}) for number in numbers]


def numbers(bunch: Sequence[Trial]) -> list[int]:
    return [trial.number for trial in bunch]


def after(seconds: float, count: int = 4 * KNOWN) -> Bunches:
    bunches = Bunches()
    bunches.learn(lasting(seconds, count))
    return bunches


@pytest.mark.parametrize(
    ("seconds", "slots", "size"),
    [
        (10.0, 2, 1),
        (0.15, 2, 1),  # two of them would take longer than the shortest task needs to
        (0.02, 2, 10),  # 0.2 s together
        (0.0, 2, MOST),
        (0.3, 64, 8),  # 64 workers end 25 tasks of 2.56 s a second
        (0.3, 1_000, 13),  # 40 s would be too long: LONGEST
        (5.0, 1_000, 1),
    ],
)
def test_a_task_is_as_long_as_the_driver_needs_it_to_be(seconds: float, slots: int, size: int):
    assert after(seconds).size(slots) == size
    assert size * seconds <= max(LONGEST, seconds)
    assert size in {1, MOST} or (size + 1) * seconds > min(LONGEST, max(SHORTEST, slots / TASKS))


def test_nothing_goes_together_before_the_length_is_known_and_with_packs_never():
    assert after(0.01, KNOWN - 1).size(2) == 1
    bunches = after(0.01)
    assert bunches.size(2) > 1
    bunches.stop()
    assert bunches.size(2) == 1
    assert not bunches.takes(trials(1), 2)


def test_slow_first_trials_are_forgotten_and_trials_that_get_long_go_alone_again():
    """The first trial of a worker imports the engine."""
    bunches = Bunches()
    bunches.learn(lasting(3.0, 2) + lasting(0.01, 60))
    assert bunches.size(2) > 1
    bunches.learn(lasting(3.0, 3))
    assert bunches.size(2) == 1


def test_the_last_trials_are_spread_over_all_places():
    bunches = after(0.001)
    bunches.waiting.extend(trials(*range(100)))
    sizes = [len(bunches.next(slots=2, places=4)) for _ in range(12)]
    assert sizes[0] == 25
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


def test_what_a_task_left_comes_first_and_in_order():
    bunches = after(0.05)
    bunches.waiting.extend(trials(7, 8))
    bunches.put_back(trials(3, 4))
    assert numbers(bunches.next(slots=1, places=1)) == [3, 4, 7, 8]
    assert not bunches.waiting


def test_trials_of_a_broken_bunch_go_alone_also_when_they_are_tried_again():
    bunches = after(0.05)
    assert bunches.takes(trials(1), 2)
    assert numbers(list(bunches.broken(trials(1, 2)))) == [1, 2]
    assert not bunches.takes(trials(1), 2)
    assert bunches.takes(trials(3), 2)


def test_what_waits_is_taken_back_once():
    bunches = after(0.05)
    bunches.waiting.extend(trials(1, 2))
    assert numbers(bunches.recall()) == [1, 2]
    assert bunches.recall() == []
