"""The rules laboratory: one fault in a clean return, and what is said of it."""
