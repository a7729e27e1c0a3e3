"""One run of NautilusTrader's engine, guarded."""
