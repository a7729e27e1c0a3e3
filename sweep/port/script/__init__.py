"""A script that builds a BacktestEngine or a BacktestNode, as a spec; it is read, never run."""
