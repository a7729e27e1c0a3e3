"""CSCV against published and analytic values, and against a plain version of itself."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import rankdata

from sweep.results.statistics.overfitting import blocks_for, cscv


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((1000, 100))


def test_the_values_that_five_implementations_share(noise):
    result = cscv(noise, 8)
    assert result.pbo == pytest.approx(37 / 70, abs=1e-12)
    assert result.loss == pytest.approx(0.5142857142857142, abs=1e-12)
    assert result.slope == pytest.approx(-0.27046698, abs=1e-8)
    assert result.logits.size == 70


def test_where_the_answer_is_known(noise):
    assert cscv(noise - noise.mean(axis=0), 8).pbo == 1  # what is gained in one half is lost in the other
    dominant = noise.copy()
    dominant[:, 0] += 0.3
    result = cscv(dominant, 8)
    assert (result.pbo, result.loss) == (0, 0)


def test_a_plain_version_agrees():
    returns = np.random.default_rng(5).standard_normal((103, 7))
    returns[:, 3] = 0
    returns[:, 5] = returns[:, 6]
    blocks = returns[103 % 6 :].reshape(6, -1, 7)
    logits = []
    for half in combinations(range(6), 3):
        inside = np.concatenate([blocks[n] for n in half])
        outside = np.concatenate([blocks[n] for n in range(6) if n not in half])
        ratio = [
            np.nan_to_num(x.mean(axis=0) / np.where(x.std(axis=0) > 0, x.std(axis=0, ddof=1), np.inf))
            for x in (inside, outside)
        ]
        w = rankdata(ratio[1].round(12))[ratio[0].round(12).argmax()] / 8
        logits.append(np.log(w / (1 - w)))
    assert cscv(returns, 6).logits == pytest.approx(np.array(logits), abs=1e-9)


def test_chunks_change_nothing(noise, monkeypatch):
    whole = cscv(noise, 8)
    monkeypatch.setattr("sweep.results.statistics.arrays.CELLS", 1000)
    assert np.allclose(cscv(noise, 8).logits, whole.logits)


def test_one_trial_and_flat_trials():
    one = cscv(np.random.default_rng(1).standard_normal((80, 1)), 4)
    assert (one.pbo, one.logits.tolist()) == (1, [0] * 6)  # the only one is always in the middle
    flat = cscv(np.zeros((80, 3)), 4)
    assert (flat.loss, flat.slope) == (0, 0)


def test_blocks_are_even_and_not_too_short():
    assert [blocks_for(n, 100) for n in (60, 100, 159, 160, 5000)] == [6, 10, 14, 16, 16]
    assert blocks_for(5000, 10_000) == 12
    assert blocks_for(10, 5) == 2


def test_equal_trials_share_a_rank():
    one = np.random.default_rng(1).standard_normal((80, 1))
    assert cscv(np.repeat(one, 2, axis=1), 4).logits.tolist() == [0] * 6
