"""Comparison of two strategies, decision by decision."""
