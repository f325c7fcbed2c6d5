"""The products of a night run."""
