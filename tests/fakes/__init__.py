"""The ports in memory: plain classes that keep the ports' promises."""
