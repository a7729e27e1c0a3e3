"""Tables of trials on the terminal."""
