"""Rows of the table of metrics, by section."""
