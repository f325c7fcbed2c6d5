"""The round and the registry as files."""
