"""Other versions of the engine: their environments, and trials that run again under them."""
