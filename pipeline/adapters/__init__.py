"""Adapters: one door for each third party and each outside thing."""
