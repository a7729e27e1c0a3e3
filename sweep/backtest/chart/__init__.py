"""Price chart of a trial: candles of its markets, and its trades."""
