"""Stages: pure verbs; no I/O, no clock, no stage knows another."""
