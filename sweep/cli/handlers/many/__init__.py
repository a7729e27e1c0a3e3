"""Output of the commands over several sweeps: find, sql, compare."""
