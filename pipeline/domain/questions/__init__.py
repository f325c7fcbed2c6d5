"""Questions and recommendations: what a mail asks, and what became of it."""
