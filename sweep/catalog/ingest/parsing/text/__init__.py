"""Text files: encoding, head, blocks, and lines that are none of the table."""
