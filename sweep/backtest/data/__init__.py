"""Market data and events of a backtest, read in windows."""
