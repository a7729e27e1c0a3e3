"""Declarations of the commands."""
