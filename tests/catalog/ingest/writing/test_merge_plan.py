import json
import shutil

import pytest

from sweep.catalog.data_files import MERGING
from sweep.catalog.ingest.writing.merge_plan import FILE, MergePlan, left_plan
from sweep.catalog.ingest.writing.transaction import filling
from sweep.common.files.atomic_directory import files
from sweep.errors import InputError
from tests.support.markets import SECOND
from tests.support.pending_files import few, stored


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """A catalog with two files of quotes."""
    place = tmp_path_factory.mktemp("catalog") / "catalog"
    stored(place, few())
    stored(place, [(60 * SECOND, 5, 1, 1)])
    return place


def test_a_plan_is_read_as_it_was_written(catalog, tmp_path):
    here = shutil.copytree(catalog, tmp_path / "catalog")
    names = sorted(p.relative_to(here).as_posix() for p in here.rglob("quotes/**/*.parquet"))
    assert left_plan(here) is None
    (here / MERGING).mkdir()
    MergePlan(names[0], names).write(here / MERGING)
    assert left_plan(here) == MergePlan(names[0], names)
    with filling(here):
        assert [p.name for p in (here / MERGING).glob("*")] == []  # nothing to put in place: the files stay
    assert sorted(p.relative_to(here).as_posix() for p in here.rglob("quotes/**/*.parquet")) == names


@pytest.mark.parametrize(
    "forge",
    [
        lambda good, outside: {**good, "replaced": [outside]}, lambda good, outside: {**good, "target": outside},
        lambda good, _: {**good, "replaced": ["../precious.parquet"]}, lambda good, _: {**good, "target": "../x"},
        lambda good, _: {**good, "replaced": [good["replaced"][0].replace("data/", "data/../data/")]},
        lambda good, _: {**good, "target": "sweep-manifest.json"}, lambda good, _: {**good, "target": "data/a/b/c"},
        lambda good, _: {**good, "replaced": []}, lambda good, _: {"target": good["replaced"][1], "replaced": []},
        lambda good, _: {"target": good["replaced"][1], "replaced": good["replaced"][:1]},  # of one that stays
        lambda good, _: {**good, "replaced": [good["replaced"][0].replace("quotes", "trades")]},
        lambda good, _: {**good, "replaced": [1]}, lambda good, _: {**good, "replaced": good["replaced"][0]},
        lambda good, _: {**good, "target": None}, lambda *_: [], lambda *_: None, lambda *_: {"target": 1},
        lambda good, _: {**good, "target": good["target"] + "\0"}, lambda *_: "x" * 99,
    ],
    ids=range(19),
)  # fmt: skip
def test_a_plan_that_no_merge_writes_is_refused_and_nothing_is_lost(catalog, tmp_path, forge):
    here, outside = shutil.copytree(catalog, tmp_path / "catalog"), tmp_path / "precious.parquet"
    outside.write_text("precious")
    names = sorted(p.relative_to(here).as_posix() for p in here.rglob("quotes/**/*.parquet"))
    (here / MERGING).mkdir()
    (here / MERGING / "whole.parquet").write_text("forged")
    plan = forge({"target": names[0], "replaced": names}, str(outside))
    (here / MERGING / FILE).write_text(json.dumps(plan))
    before = set(files(tmp_path))
    with pytest.raises(InputError, match="that sweep has not written") as error, filling(here):
        pass
    assert set(files(tmp_path)) == before and outside.read_text() == "precious"
    assert f"remove {here / MERGING}, then ingest again" in str(error.value)
    shutil.rmtree(here / MERGING)
    with filling(here):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_a_plan_that_is_not_whole_is_refused(catalog, tmp_path, content):
    here = shutil.copytree(catalog, tmp_path / "catalog")
    (here / MERGING).mkdir()
    (here / MERGING / FILE).write_bytes(content)
    with pytest.raises(InputError, match="or not whole"):
        left_plan(here)


def test_a_plan_in_a_linked_folder_is_refused(catalog, tmp_path):
    here = shutil.copytree(catalog, tmp_path / "catalog")
    names = sorted(p.relative_to(here).as_posix() for p in here.rglob("quotes/**/*.parquet"))
    (tmp_path / "elsewhere").mkdir()
    MergePlan(names[0], names).write(tmp_path / "elsewhere")
    (here / MERGING).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="that sweep has not written"), filling(here):
        pass
    assert (tmp_path / "elsewhere" / FILE).exists()
