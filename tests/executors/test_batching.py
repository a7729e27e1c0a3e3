"""Packs are filled from what was asked, and nothing that a pack gives back is lost."""

from dataclasses import replace

from sweep.errors import Reason
from sweep.executors.batching import NO_MORE, SharingExecutor
from sweep.trial import CONTRADICTED, ISOLATED, MUST_RUN_ISOLATED, SHARED, Result, State, Trial


class Recorder:
    """An executor that ends what it has, and remembers what came together."""

    def __init__(self, slots: int = 2, apart: frozenset[int] = frozenset(), deadly: int | None = None) -> None:
        self.slots, self.apart, self.deadly = slots, apart, deadly
        self.packs: list[list[int]] = []
        self.waiting: list[tuple[Trial, ...]] = []
        self.message, self.given_back = "it peeked", MUST_RUN_ISOLATED

    def room(self) -> int:
        return self.slots - len(self.waiting)

    def submit(self, *trials: Trial) -> None:
        self.packs.append([trial.number for trial in trials])
        self.waiting.append(trials)

    def wait(self, timeout: float):
        (waiting, self.waiting) = self.waiting, []
        return [(trial, self.ended(trial, trials)) for trials in waiting for trial in trials]

    def ended(self, trial: Trial, trials: tuple[Trial, ...]) -> Result:
        if self.deadly not in {t.number for t in trials}:
            return self.result(trial, len(trials))
        return Result(State.FAILED, reason=Reason.CRASH, replay=MUST_RUN_ISOLATED if len(trials) > 1 else "isolated")

    def result(self, trial: Trial, size: int) -> Result:
        if size == 1:
            return Result(State.COMPLETE, replay=ISOLATED)
        if trial.number in self.apart:
            return Result(State.FAILED, reason=Reason.GUARD, message=self.message, replay=self.given_back)
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
    assert ended(executor) == dict.fromkeys(range(13), SHARED)
    assert inner.packs == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8], [10, 11, 12]]


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


def test_after_a_contradiction_no_more_packs_are_filled(monkeypatch):
    inner = Recorder(slots=1, apart=frozenset({1}))
    monkeypatch.setattr(inner, "message", "fees are 1")
    monkeypatch.setattr(inner, "given_back", CONTRADICTED)
    executor = sharing(inner, size=3)
    executor.submit(*map(trial, range(3)))
    assert ended(executor) == {0: SHARED, 2: SHARED}
    executor.submit(*map(trial, range(3, 5)))
    assert ended(executor) == {1: "isolated: fees are 1"} | dict.fromkeys((3, 4), f"isolated: {NO_MORE}")
    assert executor.contradiction == "fees are 1"
    assert inner.packs == [[0, 1, 2], [1], [3], [4]]


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


def test_a_pack_whose_worker_died_falls_in_halves_until_the_one_that_kills_is_found():
    inner = Recorder(slots=1, deadly=2)
    executor = sharing(inner, 8)
    executor.submit(*map(trial, range(8)))
    results: dict[int, Result] = {}
    for _ in range(5):
        results |= {t.number: result for t, result in executor.wait(1)}
    assert inner.packs == [[*range(8)], [0, 2, 4, 6], [1, 3, 5, 7], [0, 4], [2, 6], [2], [6]]
    assert {n: r.state for n, r in results.items()} == dict.fromkeys(range(8), State.COMPLETE) | {2: State.FAILED}
    assert results[2].reason is Reason.CRASH  # which the driver may try again
    assert results[6].replay == "isolated: the worker of its pack died"


def test_what_is_given_back_begins_after_it_could_be_taken_back():
    for inner, lost in (
        (Recorder(apart=frozenset({1})), {1}),  # told from its pack
        (Recorder(deadly=1), {1, 3, 5}),  # its worker died
    ):
        executor = sharing(inner, 3)
        executor.submit(*map(trial, range(6)))
        assert set(ended(executor)) == set(range(6)) - lost
        assert not inner.waiting, "it took the free place, also in a pause"
        assert executor.room() == 3 * (2 - (1 if lost == {1} else 2))
        assert {t.number for t in executor.recall()} == lost
        assert ended(executor) == {} and executor.room() == 6


def test_a_broken_check_begins_again_after_it_could_be_taken_back():
    inner = Recorder(deadly=-2)
    executor = sharing(inner)
    executor.check(trial(1))
    assert ended(executor) == {} and not inner.waiting and executor.has_check(1)
    assert executor.recall() == [] and not executor.has_check(1)


def test_a_trial_that_was_given_back_and_taken_back_runs_alone_at_once():
    inner = Recorder(slots=1, apart=frozenset({1}))
    executor = sharing(inner)
    executor.submit(*map(trial, range(3)))
    assert ended(executor) == {0: SHARED, 2: SHARED}
    executor.submit(*executor.recall(), trial(3))
    assert ended(executor) == {1: "isolated: it peeked", 3: ISOLATED}
    assert inner.packs == [[0, 1, 2], [1], [3]]


def test_drawn_trials_are_checked_behind_the_packs_and_told_to_nobody():
    inner = Recorder(slots=2)
    executor = replace(sharing(inner), drawn=lambda t: t.number in {1, 4})
    executor.submit(*map(trial, range(6)))
    assert ended(executor) == dict.fromkeys(range(6), SHARED)
    assert inner.packs == [[0, 2, 4], [1, 3, 5], [-2], [-5]]
    assert set(executor.checks) == {1, 4}
    executor.check(trial(4))  # known
    assert not inner.waiting


def test_one_slot_checks_nothing_beside_a_pack():
    inner = Recorder(slots=1)
    executor = replace(sharing(inner), drawn=lambda _: True)
    executor.submit(*map(trial, range(4)))
    assert ended(executor) == dict.fromkeys(range(4), SHARED)
    assert not executor.checks


def test_a_check_that_the_machine_broke_is_tried_again_and_one_that_has_not_begun_is_taken_back():
    inner = Recorder(slots=1, deadly=-4)
    executor = sharing(inner)
    executor.check(trial(3))
    assert ended(executor) == {}
    assert ended(executor) == {}
    assert not executor.checks
    assert ended(executor) == {}
    assert executor.checks[3].reason is Reason.CRASH
    executor.check(trial(5))
    assert executor.recall() == []
    executor.check(trial(5))
    assert inner.packs[-2:] == [[-6], [-6]]


class NoCharts(Recorder):
    """An executor on which a trial fails as soon as its chart is drawn."""

    def result(self, trial: Trial, size: int) -> Result:
        return Result(State.FAILED, reason=Reason.TIMEOUT) if trial.charted else super().result(trial, size)


def test_a_check_that_fails_with_a_chart_is_made_without_one():
    executor = sharing(NoCharts(slots=1))
    executor.check(replace(trial(3), charted=True))
    assert ended(executor) == {} and not executor.checks
    assert ended(executor) == {}
    assert executor.checks[3].state is State.COMPLETE
