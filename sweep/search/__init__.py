"""The choice of parameters to try next."""
