"""The e-mail ingestion daemon of the Planning-Finance Department."""
