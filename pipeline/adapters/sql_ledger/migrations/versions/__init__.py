"""One revision a file; the highest is what the code expects."""
