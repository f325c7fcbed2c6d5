"""Crash anywhere: a scripted round that dies at every instant, and what must hold then."""
