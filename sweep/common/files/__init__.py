"""Files: written whole or not at all, hashed, packed, in directories of our own."""
