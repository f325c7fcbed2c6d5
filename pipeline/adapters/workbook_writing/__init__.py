"""Workbooks of our own making: the blank forms and their looks."""
