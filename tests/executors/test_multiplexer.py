from dataclasses import dataclass, field

from sweep.executors.multiplexer import Lane, Lanes
from sweep.trial import Result, State, Trial


@dataclass
class Scripted:
    """Ends what it has, the last first."""

    slots: int = 4
    waiting: list[Trial] = field(default_factory=list)
    abandoned: bool = False

    def room(self):
        return self.slots - len(self.waiting)

    def submit(self, trial):
        self.waiting.append(trial)

    def wait(self, timeout):
        waiting, self.waiting = self.waiting, []
        return [
            (t, Result(State.COMPLETE, {"pnl_total": float(t.number)}, worker=str(t.params))) for t in waiting[::-1]
        ]

    def recall(self):
        waiting, self.waiting = self.waiting, []
        return waiting

    def interrupt(self):
        self.slots = 0

    def abandon(self):
        self.abandoned = True

    def close(self): ...


def trial(number, **params):
    return Trial(number, f"key {number}", params)


def test_each_lane_has_its_own_numbers_and_its_parameters():
    executor = Scripted()
    lanes = Lanes(executor)
    one, other = Lane(lanes, {}), Lane(lanes, {"period.start": "later"})
    one.submit(trial(0, a=1))
    other.submit(trial(0, a=1))
    one.submit(trial(1, a=2))
    assert [t.number for t in executor.waiting] == [0, 1, 2]
    assert (one.room(), other.slots) == (1, 4)
    assert one.wait(0) == []  # nobody has waited
    lanes.wait(0)
    assert [(t.number, r.worker) for t, r in one.wait(0)] == [(0, "{'a': 1}"), (1, "{'a': 2}")]
    ((lane_trial, result),) = other.wait(0)
    assert lane_trial == trial(0, a=1)  # as the lane gave it
    assert result.worker == "{'a': 1, 'period.start': 'later'}"
    assert one.wait(0) == other.wait(0) == []


def test_what_has_not_begun_goes_back_to_its_lane():
    lanes = Lanes(Scripted())
    one, other = Lane(lanes, {}), Lane(lanes, {"x": 1})
    one.submit(trial(5))
    other.submit(trial(7))
    assert one.recall() == [trial(5)]
    assert other.recall() == [trial(7)]
    assert other.recall() == []


def test_stopping_stops_all_of_them_and_closing_none():
    executor = Scripted()
    lanes = Lanes(executor)
    one, other = Lane(lanes, {}), Lane(lanes, {})
    other.submit(trial(1))
    one.close()
    assert not executor.abandoned
    one.abandon()
    assert executor.abandoned
    one.interrupt()
    assert executor.slots == 0
