"""Checks of user code by its source, before anything runs."""
