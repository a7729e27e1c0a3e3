"""Constraints of a space: expressions, their bounds, and the walk over a grid that they make."""
