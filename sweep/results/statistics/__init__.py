"""Whether the best trial of a sweep is better than luck: pure functions over arrays of returns (days x trials)."""
