"""An index of all trials of a runs directory: one DuckDB file, made from the ledgers and brought up to date when asked.

It holds nothing that the ledgers do not: deleted, it is made again (docs/decisions/0012-the-index-of-sweeps.md).
"""
