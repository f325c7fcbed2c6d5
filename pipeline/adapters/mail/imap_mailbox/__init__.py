"""The submission mailbox over IMAP: the only door to imapclient."""

from pipeline.adapters.mail.imap_mailbox.mailbox import ImapMailbox

__all__ = ["ImapMailbox"]
