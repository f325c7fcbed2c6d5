"""Who sends: provinces, the registry, what names a province."""
