"""`sweep.find`."""

import pytest

import sweep
from tests.support import ledgers


def test_trials_of_all_sweeps_as_a_table_with_a_short_text(tmp_path):
    ledgers.write(
        ledgers.folder(tmp_path, "a"), [({"strategy.fast": n}, {"pnl_total": float(n), "trades": n}) for n in range(9)]
    )
    ledgers.write(ledgers.folder(tmp_path, "b"), [({"strategy.mode": "x"}, {"pnl_total": 4.5})])
    ledgers.folder(tmp_path, "c").path.mkdir()
    ledgers.folder(tmp_path, "c").ledger.write_bytes(b"no ledger")
    frame = sweep.find("pnl_total > 3", runs_dir=tmp_path, limit=5)
    assert list(frame["metrics.pnl_total"]) == [8.0, 7.0, 6.0, 5.0, 4.5]
    assert list(frame["sweep"])[-1] == "b-00000000"
    assert frame["params.strategy.mode"].isna().sum() == 4
    assert repr(frame).startswith("<5 of 6 trials of 2 sweeps: a-00000000:8, a-00000000:7, a-00000000:6 …; 1 doubts")
    assert type(frame[["trial"]]).__name__ == "DataFrame"
    assert repr(sweep.find("trades > 100", runs_dir=tmp_path)).startswith("<0 of 0 trials of 0 sweeps")
    with pytest.raises(sweep.InputError, match="did you mean 'trades'"):
        sweep.find("trads > 100", runs_dir=tmp_path)
