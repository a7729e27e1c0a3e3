"""Synthetic market data that the ready specs run on."""
