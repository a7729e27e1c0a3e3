"""Strategies, actors, execution algorithms and other components of a backtest in a spec."""
