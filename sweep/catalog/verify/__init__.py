"""Checks of a catalog's rows and instruments before a sweep."""
