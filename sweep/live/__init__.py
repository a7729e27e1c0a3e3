"""The live page: sweeps in a browser while they run, read from their ledgers alone."""
