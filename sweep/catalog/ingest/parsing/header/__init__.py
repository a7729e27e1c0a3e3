"""Columns of a file: their meaning by name and by value."""
