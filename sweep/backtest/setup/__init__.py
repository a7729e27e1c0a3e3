"""Venues, models and instruments built from the spec."""
