"""Loading, checking and hashing the user's own code."""
