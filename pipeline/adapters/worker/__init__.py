"""The parsing child and the pool that feeds it."""
