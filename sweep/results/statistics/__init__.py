"""Statistics on the best trial of a sweep against luck: pure functions over arrays of returns (days x trials)."""
