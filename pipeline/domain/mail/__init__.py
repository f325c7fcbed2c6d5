"""A mail and what is in it: headers, parts, names, containers, marks of robots."""
