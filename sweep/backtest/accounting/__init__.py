"""Accounts, records and the reconciliation of a backtest's figures."""
