"""What must survive a crash on disk: the archive, the send journal."""
