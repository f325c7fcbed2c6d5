"""The mail laboratory: odd mails, robots, provinces and forgeries, made and judged."""
