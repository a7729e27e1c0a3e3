"""Output of the commands over several sweeps, or engines: find, sql, compare, upgrade."""
