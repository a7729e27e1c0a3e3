"""Guard of a shared run: what trips it outside of a strategy's own guard makes that strategy run isolated."""

from dataclasses import dataclass, field
from typing import Any

from sweep.backtest.engine.guards import Guard
from sweep.backtest.shared.isolated_view import Withdrawn
from sweep.backtest.user_code import determinism
from sweep.backtest.user_code.call_monitor import Call
from sweep.backtest.user_code.file_reads import FileRead
from sweep.backtest.user_code.source_hashes import is_user_code
from sweep.errors import Reason, TrialError

SEEDS = {f"{module}.seed" for module in determinism.SHARED}


@dataclass
class SharedRunGuard(Guard):
    """Guard for code outside of the participants' callbacks; an error inside of one makes that participant withdraw."""

    _raised: list[Withdrawn] = field(default_factory=list[Withdrawn])

    def trip(self, message: str) -> Any:
        """Leave the user's code."""
        self._raised.append(Withdrawn(message))
        raise self._raised[-1]

    def swallowed(self) -> str:
        """The first message that no strategy left by since the last call: its code caught it, or a thread ended."""
        messages = [str(error) for error in self._raised if not error.has_left]
        self._raised.clear()
        return next(iter(messages), "")

    def settle(self) -> None:
        """Raise what was noted, or swallowed: whose code did that is not known."""
        super().settle()
        if why := self.swallowed():
            raise TrialError(Reason.GUARD, why)

    def opened(self, read: FileRead) -> None:
        """Trip: which strategy of several reads a file is told by its own trial."""
        self.trip(f"{read.place} reads a file of its own, {read.path}")

    def called(self, call: Call) -> bool:
        """Also trip at random numbers of the whole process: between strategies they come in another order."""
        name = determinism.full_name(call.function)
        if (determinism.shared(name) or name in SEEDS) and is_user_code(call.code.co_filename, self.packages):
            self.trip(f"{name}, random numbers that all strategies of the process share")
        return super().called(call)
