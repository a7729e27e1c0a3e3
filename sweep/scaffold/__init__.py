"""`sweep init`: a project that runs as it stands, from files of market data, a catalog or the built-in data."""
