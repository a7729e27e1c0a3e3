"""Clocks of time zones, and the hours in which they are moved."""
