"""Combinatorial purged cross-validation of a search, from trials that were run on each group of days."""
