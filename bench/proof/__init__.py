"""The long part of the proof: every death, pairs of deaths, both databases, defects."""
