"""Splits: by hand on ten days, and against skfolio's CombinatorialPurgedCV."""

import numpy as np
import pytest

from sweep.results.cross_validation.splits import Splits


@pytest.mark.parametrize(
    ("days", "groups", "test", "purge", "embargo"),
    [(60, 6, 2, 0, 0), (61, 6, 2, 2, 0), (65, 6, 2, 0, 3), (120, 10, 2, 2, 3), (97, 8, 3, 1, 2), (40, 5, 4, 1, 1)],
)
def test_they_are_skfolios(days, groups, test, purge, embargo):
    from skfolio.model_selection import CombinatorialPurgedCV  # slow to import

    ours = Splits.even(days, groups, test, purge, embargo)
    theirs = CombinatorialPurgedCV(n_folds=groups, n_test_folds=test, purged_size=purge, embargo_size=embargo)
    assert (ours.count, ours.paths) == (theirs.n_splits, theirs.n_test_paths)
    assert np.array_equal(ours.chosen_by(), theirs.recombined_paths)
    for n, (training, tests) in enumerate(theirs.split(np.zeros((days, 1)))):
        assert np.array_equal(ours.training(n), training)
        borders = ours.borders
        for group, days_of_group in zip(ours.tests[n], tests, strict=True):
            assert np.array_equal(np.arange(borders[group], borders[group + 1]), days_of_group)


def test_purge_and_embargo_by_hand():
    splits = Splits.even(10, 5, 1, purge=1, embargo=2)
    assert splits.tests[2] == (2,)  # days 4 and 5
    assert splits.training(2).tolist() == [0, 1, 2, 9]  # without 3, which reaches into it, and 6, 7, 8 after it
    assert splits.training(0).tolist() == [5, 6, 7, 8, 9]
    assert splits.training(4).tolist() == [0, 1, 2, 3, 4, 5, 6]
    both = Splits.even(10, 5, 2, purge=1, embargo=0)
    assert both.tests[1] == (0, 2)
    assert both.training(1).tolist() == [7, 8, 9]  # 2 after the first test, 3 before the second, 6 after it


def test_published_counts():
    # López de Prado (2018), ch. 12: 6 groups, 2 of them tests: 15 splits, 5 paths
    assert (Splits.even(60, 6, 2).count, Splits.even(60, 6, 2).paths) == (15, 5)
    assert (Splits.even(60, 10, 2).count, Splits.even(60, 10, 2).paths) == (45, 9)
