"""The doors to mail servers: IMAP, a folder of mails, SMTP."""
