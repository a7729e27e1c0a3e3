"""Splits of days into training and test groups, with purge and embargo, and the paths that their tests make.

López de Prado, "Advances in Financial Machine Learning" (2018), ch. 12. Of N groups k at a time are tests: C(N, k)
splits, and k/N · C(N, k) paths, each of which has every group once as a test.
"""

from dataclasses import dataclass
from itertools import accumulate, combinations
from math import comb
from typing import Self

import numpy as np

from sweep.results.statistics.arrays import Ints


@dataclass(frozen=True, slots=True)
class Splits:
    """The splits of groups of so many days each; `purge` and `embargo` are days."""

    sizes: tuple[int, ...]
    test: int
    purge: int = 0
    embargo: int = 0

    @classmethod
    def even(cls, days: int, groups: int, test: int, purge: int = 0, embargo: int = 0) -> Self:
        """Groups of the same size; the last one has the days that are left over."""
        size = days // groups
        return cls((*[size] * (groups - 1), days - size * (groups - 1)), test, purge, embargo)

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.sizes)

    @property
    def count(self) -> int:
        """Number of splits."""
        return comb(self.groups, self.test)

    @property
    def paths(self) -> int:
        """Number of paths."""
        return self.count * self.test // self.groups

    @property
    def tests(self) -> list[tuple[int, ...]]:
        """The test groups of each split."""
        return list(combinations(range(self.groups), self.test))

    @property
    def borders(self) -> list[int]:
        """First day of each group, and the end."""
        return [0, *accumulate(self.sizes)]

    def training(self, split: int) -> Ints:
        """The days on which a split chooses.

        Left out are the test days, `purge` days before each stretch of them, and `purge` + `embargo` days after it.
        """
        is_test = self._tested(split)
        is_training = ~is_test
        edges = np.flatnonzero(np.diff(is_test.astype(np.int8)))
        for last in edges:  # the last day before a change
            if is_test[last]:
                is_training[last + 1 : last + 1 + self.purge + self.embargo] = False
            else:
                is_training[max(0, last + 1 - self.purge) : last + 1] = False
        return np.flatnonzero(is_training)

    def _tested(self, split: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        is_test = np.zeros(sum(self.sizes), bool)
        for group in self.tests[split]:
            is_test[self.borders[group] : self.borders[group + 1]] = True
        return is_test

    def chosen_by(self) -> Ints:
        """The split that each path takes each group from (groups × paths)."""
        tests = self.tests
        return np.array([[n for n, split in enumerate(tests) if g in split] for g in range(self.groups)])
