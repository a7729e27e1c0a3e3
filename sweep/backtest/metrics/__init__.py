"""Metrics of a finished backtest."""
