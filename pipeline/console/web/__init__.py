"""The web around the pages: sessions, tokens, headers, templates, the server."""
