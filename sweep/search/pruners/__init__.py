"""Pruners, one file each; `factory` has the table of their names."""
