"""Packs are filled from what was asked, and nothing that a pack gives back is lost."""

from dataclasses import replace

from sweep.executors.sharing import SharingExecutor
from sweep.trial import APART, SHARED, Reason, Result, State, Trial


class Recorder:
    """An executor that ends what it has, and remembers what came together."""

    def __init__(self, slots: int = 2, apart: frozenset[int] = frozenset()) -> None:
        self.slots, self.apart = slots, apart
        self.packs: list[list[int]] = []
        self.waiting: list[tuple[Trial, ...]] = []

    def room(self) -> int:
        return self.slots - len(self.waiting)

    def submit(self, *trials: Trial) -> None:
        self.packs.append([trial.number for trial in trials])
        self.waiting.append(trials)

    def wait(self, timeout: float):
        (waiting, self.waiting) = self.waiting, []
        return [(trial, self.result(trial, len(trials))) for trials in waiting for trial in trials]

    def result(self, trial: Trial, size: int) -> Result:
        if size == 1:
            return Result(State.COMPLETE)
        if trial.number in self.apart:
            return Result(State.FAILED, reason=Reason.GUARD, message="it peeked", replay=APART)
        return Result(State.COMPLETE, replay=SHARED)

    def recall(self):
        waiting, self.waiting = self.waiting, []
        return [trial for trials in waiting for trial in trials]


def trial(number: int, group: str = "a") -> Trial:
    return Trial(number, f"key{number}", {"group": group})


def sharing(inner: Recorder, size: int = 4) -> SharingExecutor:
    return SharingExecutor(inner, lambda t: (t.params["group"], "" if t.params["group"] != "x" else "not it"), size)


def ended(executor: SharingExecutor) -> dict[int, str]:
    return {trial.number: result.replay for trial, result in executor.wait(1)}


def test_packs_are_of_one_group_of_equal_sizes_and_keep_every_slot_busy():
    inner = Recorder()
    executor = sharing(inner)
    executor.submit(*(trial(n, "a" if n < 10 else "b") for n in range(13)))
    assert ended(executor) == dict.fromkeys(range(12), SHARED) | {12: SHARED, 10: "isolated"}
    assert inner.packs == [[0, 1, 2], [3, 4, 5], [6, 7, 8, 9], [10], [11, 12]]


def test_there_is_room_for_a_pack_in_each_place():
    executor = sharing(Recorder(slots=3))
    assert executor.room() == 12
    executor.submit(trial(0), trial(1))
    assert executor.room() == 10


def test_what_a_pack_gives_back_runs_alone_and_says_why():
    inner = Recorder(slots=1, apart=frozenset({1}))
    executor = sharing(inner)
    executor.submit(*map(trial, range(3)))
    assert ended(executor) == {0: SHARED, 2: SHARED}
    assert ended(executor) == {1: "isolated: it peeked"}
    assert inner.packs == [[0, 1, 2], [1]]


def test_a_group_that_must_not_share_runs_alone():
    inner = Recorder(slots=1)
    executor = sharing(inner)
    executor.submit(trial(0, "x"), trial(1, "x"))
    assert ended(executor) == dict.fromkeys(range(2), "isolated: not it")
    assert inner.packs == [[0], [1]]


def test_what_has_not_begun_is_taken_back_whole():
    inner = Recorder(slots=1)
    executor = sharing(inner)
    executor.submit(trial(0, "x"), trial(1), trial(2))
    assert sorted(t.number for t in executor.recall()) == [0, 1, 2]
    executor.submit(replace(trial(0), key="again"), trial(1))
    assert sorted(ended(executor)) == [0, 1]
