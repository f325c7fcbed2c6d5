"""The night run of a nation of 11,000 reporting units."""
