"""Time in which the driver could run."""

from dataclasses import dataclass, field

from sweep.executors.ray.running_clock import RunningClock


@dataclass
class Machine:
    now: float = 1000.0
    busy: float = 0.0
    messages: list[str] = field(default_factory=list[str])

    def run(self, seconds: float, busy: float = 0.0) -> None:
        self.now, self.busy = self.now + seconds, self.busy + busy


def test_a_pause_is_left_out_and_said_and_work_of_its_own_is_left_out_only():
    machine = Machine()
    clock = RunningClock(machine.messages.append, lambda: machine.now, lambda: machine.busy)
    machine.run(2.0)
    assert clock.look() == 2.0
    machine.run(3600.0)
    assert clock.look() == 2.0
    assert machine.messages == [
        "  this process stood still for 3600 s (a paused machine?): limits do not count that time"
    ]
    machine.run(30.0, busy=29.0)
    assert clock.look() == 2.0
    machine.run(1.5)
    assert clock.look() == 3.5
    assert len(machine.messages) == 1
