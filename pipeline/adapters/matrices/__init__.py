"""Figures of many units as matrices of whole numbers: the only door to numpy."""
