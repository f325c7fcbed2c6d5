"""Readers of spreadsheet formats: one module a format or third party."""
