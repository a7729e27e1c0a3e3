import pytest

from sweep.errors import InputError
from sweep.imports import ImportPathError, load


def test_what_a_path_names():
    assert load("sweep.errors:InputError") is InputError


@pytest.mark.parametrize(
    ("path", "said", "remedy"),
    [
        ("sweep.errors", "must be an import path", ""),
        (None, "must be an import path", ""),
        ("sweep.errors:InputErr", "module 'sweep.errors' has no 'InputErr'", "'InputError'"),
        ("nowhere.at_all:X", "there is no module 'nowhere'", "Python path"),
        ("tests.support.broken:X", "importing 'tests.support.broken' failed", ""),
    ],
)
def test_a_path_that_leads_nowhere(path, said, remedy):
    with pytest.raises(ImportPathError) as error:
        load(path)
    problem = error.value.at("strategy.path")
    assert said in problem.rule and remedy in problem.remedy
    assert (problem.where, problem.value) == ("strategy.path", path)
