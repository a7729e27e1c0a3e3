"""Edges of the output: JSON documents, and texts on a terminal."""
