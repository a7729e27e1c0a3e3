"""The sweeps of a runs directory as a collection: tags and notes, a summary of each, renaming, removal, archives."""
