"""A mail as it lies on a server: raw bytes with two Received fields."""

from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))
RECEIVED = datetime(2013, 7, 10, 23, 59, 59, tzinfo=VIETNAM)


def mail(text: str) -> bytes:
    """A mail with raw 8-bit bytes, as some provinces' programs write them."""
    return (
        b"Received: from a.test by b.test with SMTP;\r\n"
        b"\tWed, 10 Jul 2013 23:59:59 +0700 (ICT)\r\n"
        b"Received: from x by a.test; Tue, 09 Jul 2013 01:00:00 +0000\r\n"
        b"Subject: Bi\xd3u \xb8\r\n\r\n" + text.encode() + b"\r\n"
    )
