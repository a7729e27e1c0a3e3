"""One run of a sweep, from plan to files."""
