"""The rewriting of one source file, by the tables."""
