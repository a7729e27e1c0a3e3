"""Guard of a shared run: what trips it outside of a strategy's own guard makes that strategy run isolated."""

from typing import Any

from sweep.backtest.engine.guards import Guard
from sweep.backtest.shared.isolated_strategy import Withdrawn
from sweep.backtest.user_code import determinism
from sweep.backtest.user_code.call_monitor import Call
from sweep.backtest.user_code.file_reads import FileRead
from sweep.backtest.user_code.source_hashes import is_user_code

SEEDS = {f"{module}.seed" for module in determinism.SHARED}


class SharedRunGuard(Guard):
    """Guard for code outside of the participants' callbacks; an error inside of one makes that participant withdraw."""

    tripped: str = ""  # the last message, which user code may have swallowed

    def trip(self, message: str) -> Any:
        """Leave the user's code."""
        self.tripped = message
        raise Withdrawn(message)

    def opened(self, read: FileRead) -> None:
        """Trip: which strategy of several reads a file is told by its own trial."""
        self.trip(f"{read.place} reads a file of its own, {read.path}")

    def called(self, call: Call) -> bool:
        """Also trip at random numbers of the whole process: between strategies they come in another order."""
        name = determinism.full_name(call.function)
        if (determinism.shared(name) or name in SEEDS) and is_user_code(call.code.co_filename, self.packages):
            self.trip(f"{name}, random numbers that all strategies of the process share")
        return super().called(call)
