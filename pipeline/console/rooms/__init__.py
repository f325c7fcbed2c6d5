"""What stands on each page: a visit in, an answer out; nothing here knows the web."""
