"""One trial after the search: by its name, its settings as a config, and itself as a plain script."""
