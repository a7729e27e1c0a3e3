"""Sweeps from Python objects: specs without YAML, code that is defined in a notebook, progress in a notebook."""
