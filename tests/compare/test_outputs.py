"""The files of a comparison say what the comparison says."""

import json

import pyarrow.parquet as pq

from sweep.compare import compare, outputs
from tests.compare.test_compare import ONE, OTHER


def test_the_files_hold_every_pair_and_the_sums(tmp_path):
    found = compare(ONE, OTHER)
    assert outputs.write(tmp_path, found, []) == ["diff.parquet", "diff.json", "diff.html"]
    table = pq.read_table(tmp_path / "diff.parquet").to_pandas()
    assert list(table["kinds"]) == ["", "side", "size", "exit", "only A", "only B"]
    assert list(table["agrees"]) == [True, False, False, False, False, False]
    assert table["pnl_difference"].sum() == -2.75
    assert table["b.time"].isna().sum() == 1
    document = json.loads((tmp_path / "diff.json").read_text())
    assert document["pnl"]["difference"] == "-1.75"
    assert document["pnl"]["beside"] == "1.00"
    page = (tmp_path / "diff.html").read_text()
    assert "16.67 %" in page
    assert "src=" not in page.partition("<body>")[2].partition("<script")[0]
    assert page.count('<script type="text/x-chart">') == 2
    assert "-1.75" in page


def test_thresholds():
    found = compare(ONE, OTHER)
    kept, broken = outputs.checks(found, 16.6, None), outputs.checks(found, 16.7, 83.3)
    assert [c.passed for c in kept] == [True]
    assert [c.passed for c in broken] == [False, False]
    assert outputs.checks(found, None, 83.4)[0].passed
    assert outputs.checks(found, None, None) == []
