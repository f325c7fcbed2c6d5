"""A planning round as data: forms, rules and the findings they make."""
