"""Demo: a whole planning round on this machine, with no outside server."""
