"""A trial as a plain NautilusTrader script that needs nothing of this package."""
