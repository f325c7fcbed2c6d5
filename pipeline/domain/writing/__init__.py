"""Text as people write it: Unicode, legacy encodings, Vietnamese keys and words."""
