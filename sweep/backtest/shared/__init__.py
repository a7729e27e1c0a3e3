"""Many trials in one pass over the market."""
