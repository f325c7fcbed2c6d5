"""The submission mailbox over IMAP: the only door to imapclient."""

from pipeline.adapters.imap_mailbox.mailbox import ImapMailbox

__all__ = ["ImapMailbox"]
