"""Chance of a best objective this good in a search without an edge."""
