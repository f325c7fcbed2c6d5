"""The reading laboratory: damaged returns with their truth, scored trait by trait."""
