"""Files of an ended sweep where they cannot be written."""

import pytest

from sweep.errors import LedgerError
from sweep.results.report import Report
from sweep.runner.output_files import write_report
from tests.support import sweeps


def test_a_report_that_cannot_be_written_is_an_error_and_no_traceback_in_the_log(finished_sweep, tmp_path, caplog):
    folder = sweeps.copied(finished_sweep, tmp_path).folder
    place = folder.path / "report.html"
    place.unlink()
    place.mkdir()
    with pytest.raises(LedgerError, match=r"report.html cannot be written: .*Nothing that was recorded is lost"):
        write_report(folder, Report(folder).judged())
    assert not caplog.records
