"""A sheet and its meaning: where the table is, which row and column, which number."""
