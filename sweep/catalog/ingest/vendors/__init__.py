"""Formats of one vendor each."""
