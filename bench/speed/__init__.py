"""The speed bench: what people would use instead, the floor, latency, growth, idleness."""
