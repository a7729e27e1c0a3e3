"""The record of a sweep on disk."""
