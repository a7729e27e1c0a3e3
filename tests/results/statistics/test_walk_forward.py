"""Walking over stored returns."""

import numpy as np
import pytest

from sweep.results.statistics.walk_forward import Fold, usual, walk_forward, windows


def test_rolling_and_anchored_windows():
    assert list(windows(10, 4, 3)) == [Fold(0, 4, 4, 7), Fold(3, 7, 7, 10)]
    assert list(windows(11, 4, 3, anchored=True)) == [Fold(0, 4, 4, 7), Fold(0, 7, 7, 10), Fold(0, 10, 10, 11)]


def test_purge_shortens_the_training_and_embargo_delays_the_booking():
    assert list(windows(12, 5, 4, purge=2, embargo=1)) == [Fold(0, 3, 6, 10), Fold(4, 7, 10, 12)]
    for bad in ({"train": 3, "test": 2, "purge": 2}, {"train": 3, "test": 0}):
        with pytest.raises(ValueError, match="trains on at least 2"):
            list(windows(10, **bad))


@pytest.mark.parametrize("periods", [5, 60, 61, 1250, 2521])
def test_usual_windows_book_each_later_day_once(periods):
    windows = usual(periods)
    booked = [day for w in windows for day in range(w.test_start, w.test_end)]
    assert booked == list(range(windows[0].train_end, periods))
    assert len(windows) <= 8


def test_it_books_what_the_best_of_the_past_brought():
    random = np.random.default_rng(0)
    returns = random.standard_normal((90, 5)) / 100
    returns[:30, 1] += 0.05
    returns[30:, 3] += 0.05
    over = list(windows(90, 30, 20, purge=5))
    result = walk_forward(returns, over)
    assert result.chosen.tolist() == [1, 3, 3]
    assert result.returns == pytest.approx(np.concatenate([returns[30:50, 1], returns[50:90, 3]]))
    for n, w in enumerate(over):
        train = returns[w.train_start : w.train_end]
        assert result.in_sample[n] == pytest.approx((train.mean(axis=0) / train.std(axis=0, ddof=1)).max())
        assert result.profits[n] == pytest.approx(returns[w.test_start : w.test_end, result.chosen[n]].sum())
    assert result.largest_share == pytest.approx(result.profits.max() / result.profits.sum())


def test_the_future_is_not_seen():
    returns = np.random.default_rng(1).standard_normal((60, 8))
    over = list(windows(60, 20, 10))
    before = walk_forward(returns, over).chosen
    returns[30:] = np.random.default_rng(2).standard_normal((30, 8))
    assert walk_forward(returns, over).chosen[:2].tolist() == before[:2].tolist()


def test_chunks_and_flat_trials(monkeypatch):
    returns = np.random.default_rng(1).standard_normal((60, 30))
    over = usual(60)
    whole = walk_forward(returns, over)
    monkeypatch.setattr("sweep.results.statistics.arrays.CELLS", 200)
    assert np.array_equal(walk_forward(returns, over).chosen, whole.chosen)
    flat = walk_forward(np.zeros((60, 4)), over)
    assert flat.largest_share is None
    assert not flat.returns.any()
