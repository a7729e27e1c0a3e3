"""A trial of a sweep as a plain NautilusTrader script, from its record and the code that it ran."""

from pathlib import Path

from sweep.backtest import check
from sweep.backtest.script.script import Origin, plain_script
from sweep.backtest.user_code.source_hashes import import_paths
from sweep.common.files.atomic_file import atomic_write
from sweep.errors import SweepError
from sweep.executors.worker.isolation import examined
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from sweep.runner.chosen.recorded_code import recorded_code
from sweep.runner.replay import record


def export(folder: Folder, trial: str | int, file: Path) -> Row:
    """Write the script of a trial that has ended; the trial. Of a PRUNED one it runs the whole period.

    Its code is that which the trial ran. SweepError where a plain script cannot do the same.
    """
    then = record(folder, trial)
    backtest = {**then.backtest, "catalog": then.catalog}
    code = recorded_code(folder, then.facts, import_paths(backtest))
    origin = Origin(
        f"Trial {then.row.number} of {then.sweep}",
        [f"key:     {then.row.key}", f"engine:  {then.facts.engine}", f"data:    {then.facts.data}"],
    )
    with examined(code):
        if mistakes := check(backtest):
            raise SweepError(f"the record of {then.sweep} cannot be written as a script: {mistakes[0]}")
        text = plain_script(backtest, code, origin)
    with atomic_write(file) as target:
        target.write_text(text, encoding="utf-8")
    return then.row
