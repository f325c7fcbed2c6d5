"""What our own mail server says about a message: when it came, what it verified."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipeline.domain.mail.mail_fields import MAX_FIELD, Field, Head

_BY = re.compile(r"\bby\s+([a-z0-9._-]{1,255})", re.IGNORECASE)
_FROM = re.compile(r"^\s*from\s+([a-z0-9._-]{1,255})", re.IGNORECASE)
_LMTP = re.compile(r"\bwith\s+(?:lmtp|local)", re.IGNORECASE)
_RESULT = re.compile(r"^\s*(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"\b(header\.from|header\.d|header\.i|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]{1,300})",
    re.IGNORECASE,
)


def received_date(head: Head) -> datetime | None:
    """The date of the topmost Received field, aware; None when it cannot be read."""
    top = head.all("received")[:1]
    if not top:
        return None
    text = _uncommented(top[0].raw[-MAX_FIELD:].decode("latin-1"))
    stamp = text.rpartition(";")[2][-200:]
    try:
        date = parsedate_to_datetime(" ".join(stamp.split()))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    # "-0000" is UTC from an unknown place; the parser then leaves the zone out.
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def authentication(head: Head, trusted: Sequence[str], sender: str | None) -> str:
    """`pass`, `fail` or `none`: the verdict of a trusted server on the From domain.

    Only the topmost Authentication-Results of a configured authserv-id counts, and
    only above the first Received field that another server may have written.
    """
    ids = {name.lower() for name in trusted}
    if not ids or sender is None:
        return "none"
    domain = sender.rpartition("@")[2]
    for field in _trusted_fields(head.fields):
        if field.name != "authentication-results":
            continue
        text = _uncommented(field.value.decode("latin-1"))
        server, _, results = text.partition(";")
        if server.split()[:1] and server.split()[0].lower() in ids:
            return _verdict(results, domain)
    return "none"


def _trusted_fields(fields: Iterable[Field]) -> Iterator[Field]:
    """The fields above the first Received that is not a hop within one host."""
    for field in fields:
        if field.name == "received" and not _within_host(field):
            return
        yield field


def _within_host(field: Field) -> bool:
    text = _uncommented(field.raw[:MAX_FIELD].decode("latin-1"))
    by, origin = _BY.search(text), _FROM.search(text)
    if by is None or _LMTP.search(text) is None:
        return False
    return origin is None or origin[1].lower() in (by[1].lower(), "localhost")


def _verdict(results: str, domain: str) -> str:
    """DMARC decides; without it an aligned dkim or spf does (4.2 of reliability.md)."""
    seen: dict[str, set[str]] = {"dmarc": set(), "dkim": set(), "spf": set()}
    for part in results.split(";")[:50]:
        result = _RESULT.match(part)
        if result is None:
            continue
        method, outcome = result[1].lower(), result[2].lower()
        if outcome != "pass" or _aligned(method, part, domain):
            seen[method].add(outcome)
    if seen["dmarc"]:
        return _dmarc(seen["dmarc"])
    if "pass" in seen["dkim"] | seen["spf"]:
        return "pass"
    both_failed = "fail" in seen["dkim"] and "fail" in seen["spf"]
    return "fail" if both_failed else "none"


def _dmarc(outcomes: set[str]) -> str:
    if "fail" in outcomes:
        return "fail"
    return "pass" if "pass" in outcomes else "none"


def _aligned(method: str, part: str, domain: str) -> bool:
    """Whether a result speaks of the From domain (relaxed alignment)."""
    named = [value.lower().rpartition("@")[2] for _, value in _PROPERTY.findall(part)]
    if method == "dmarc":
        return not named or domain in named
    return any(
        domain == one or domain.endswith("." + one) or one.endswith("." + domain)
        for one in named
        if one.count(".") > 0
    )


def _uncommented(text: str) -> str:
    """Text without its (nested) comments."""
    depth, kept = 0, []
    for sign in text:
        if sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(sign)
    return "".join(kept)
