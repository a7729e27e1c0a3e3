"""Differences between 1.x and 2.0, as tables: one row a rule."""
