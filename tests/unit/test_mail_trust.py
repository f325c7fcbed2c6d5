"""What our own server says is believed; what a sender writes over it is not."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pipeline.domain.mail.mail_fields import read_head
from pipeline.domain.mail.mail_trust import authentication, received_date

SENDER = "a@hagiang.gov.vn"
OURS = ("mx.ours.vn",)
RECEIVED = "Received: from x by mx.ours.vn with ESMTP; Wed, 10 Jul 2013 09:12:00 +0700"
PASS = "Authentication-Results: mx.ours.vn; dmarc=pass header.from=hagiang.gov.vn"
FAIL = "Authentication-Results: mx.ours.vn; dmarc=fail header.from=hagiang.gov.vn"


def verdict(
    *lines: str, trusted: tuple[str, ...] = OURS, sender: str | None = SENDER
) -> str:
    data = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return authentication(read_head(data, 0, len(data)), trusted, sender)


@pytest.mark.fault("T-03")
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([PASS, RECEIVED], "pass"),
        ([FAIL, RECEIVED], "fail"),
        ([FAIL.upper(), RECEIVED], "fail"),
        ([RECEIVED, PASS], "none"),
        ([RECEIVED, FAIL], "none"),
        ([], "none"),
        ([PASS.replace("mx.ours", "mx.other"), RECEIVED], "none"),
        ([PASS.replace("mx.ours.vn", "(mx.ours.vn) evil.vn"), RECEIVED], "none"),
        ([PASS.replace("mx.ours.vn;", "mx.ours.vn.evil.vn;"), RECEIVED], "none"),
        (["Authentication-Results: ;", PASS, RECEIVED], "pass"),
        (["Authentication-Results: mx.other.vn; dmarc=pass", FAIL, RECEIVED], "fail"),
        ([FAIL, PASS, RECEIVED], "fail"),
        ([PASS.replace("mx.ours.vn", "mx.ours.vn 1"), RECEIVED], "pass"),
        ([PASS.replace("header.from=hagiang.gov.vn", "header.from=evil.vn")], "none"),
        (["Authentication-Results: mx.ours.vn; dmarc=temperror"], "none"),
        (["Authentication-Results: mx.ours.vn; none"], "none"),
        (["Authentication-Results: mx.ours.vn; dkim=pass header.d=hagiang.gov.vn"], "pass"),
        (["Authentication-Results: mx.ours.vn; dkim=pass header.d=vn"], "none"),
        (["Authentication-Results: mx.ours.vn; dkim=pass header.d=evil.vn"], "none"),
        (
            ["Authentication-Results: mx.ours.vn; spf=pass smtp.mailfrom=x@hagiang.gov.vn"],
            "pass",
        ),
        (["Authentication-Results: mx.ours.vn; dkim=fail; spf=fail (because; no)"], "fail"),
        (["Authentication-Results: mx.ours.vn; dkim=fail; spf=softfail"], "none"),
    ],
)
def test_only_the_topmost_result_of_a_trusted_server_counts(
    lines: list[str], expected: str
) -> None:
    assert verdict(*lines) == expected


def test_a_hop_within_one_host_may_stand_above_the_result() -> None:
    hop = (
        "Received: from mx.ours.vn by mx.ours.vn with LMTP id 1; Wed, 10 Jul 2013 09:12:00"
    )
    bare = "Received: by mx.ours.vn with LMTP id 1; Wed, 10 Jul 2013 09:12:00 +0700"
    foreign = "Received: from evil.vn by mx.ours.vn with LMTP; Wed, 10 Jul 2013 09:12:00"
    assert verdict(hop, FAIL, RECEIVED) == "fail"
    assert verdict(bare, FAIL, RECEIVED) == "fail"
    assert verdict(foreign, FAIL, RECEIVED) == "none"


def test_without_trusted_servers_or_a_sender_nothing_is_judged() -> None:
    assert verdict(FAIL, RECEIVED, trusted=()) == "none"
    assert verdict(FAIL, RECEIVED, sender=None) == "none"


HANOI = timezone(timedelta(hours=7))


@pytest.mark.fault("F-S9-4", "T-40")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (RECEIVED, datetime(2013, 7, 10, 9, 12, tzinfo=HANOI)),
        (
            "Received: by x; Wed, 10 Jul 2013 02:12:00 -0000 (UTC)",
            datetime(2013, 7, 10, 2, 12, tzinfo=UTC),
        ),
        (
            "Received: by x;\r\n\tWed, 10 Jul 2013 09:12:00 +0700 (ICT; x)",
            datetime(2013, 7, 10, 9, 12, tzinfo=HANOI),
        ),
        ("Received: by x", None),
        ("Received: by x; yesterday", None),
        ("Received: by x; Wed, 99 Jul 2013 09:12:00 +0700", None),
        ("Date: Wed, 10 Jul 2013 09:12:00 +0700", None),
    ],
)
def test_the_time_is_the_topmost_received(line: str, expected: datetime | None) -> None:
    second = "Received: by y; Mon, 1 Jul 2013 09:12:00 +0700" if expected else "X: y"
    data = f"{line}\r\n{second}\r\n\r\n".encode()
    assert received_date(read_head(data, 0, len(data))) == expected
