"""Equity and PnL of a trial over time, as pictures and tables show them."""
