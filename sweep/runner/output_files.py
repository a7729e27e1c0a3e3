"""Files that an ended sweep leaves in its run directory: tables, report, walk-forward tearsheet. Notes its verdict."""

import logging

from sweep.errors import LedgerError
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results import importance, walk_forward_equity
from sweep.results.html import page
from sweep.results.report import Report
from sweep.results.tables import write_returns, write_settings, write_trials
from sweep.results.verdict_store import Judgement, note

LOG = logging.getLogger(__name__)


def conclude(folder: Folder, ledger: Ledger) -> Judgement | None:
    """Write what a sweep leaves behind, and note its verdict."""
    write_trials(ledger, folder.trials)
    write_settings(ledger, folder.settings)
    write_returns(ledger, folder.returns)
    try:
        report = Report(folder)
        note(ledger, judged := report.judged())
        importance.note(ledger, report.space())
    except Exception:
        LOG.exception("the verdict could not be found; the ledger is whole")
        return None
    write_report(folder, judged)
    try:
        walk_forward_equity.draw(folder, judged.unseen.forward)
    except Exception:
        LOG.exception("the tearsheet of the walk-forward could not be drawn; the ledger is whole")
    return judged


def write_report(folder: Folder, judged: Judgement | None) -> None:
    try:
        if judged:
            page.write(Report(folder), judged)
    except LedgerError:  # the disk is full, or not writable
        raise
    except Exception:
        LOG.exception("the report could not be drawn; the ledger is whole")
