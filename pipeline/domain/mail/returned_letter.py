"""Which of our letters a delivery report says never arrived."""

import re

from pipeline.domain.mail.mime_tree import Tree
from pipeline.domain.mail.robot_marks import is_bounce_subject
from pipeline.domain.writing.text import match_key

MAX_LETTERS = 5
_OURS = re.compile(rb"<khtc\.[a-z2-7]{26}@[A-Za-z0-9.-]{1,200}>")
_ACTION = re.compile(rb"^action[ \t]*:[ \t]*([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
# Read receipts and abuse reports quote letters that did arrive.
_ARRIVED = frozenset(
    {
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
    }
)
_NOT_YET = re.compile(r"\b(?:warning|delaied|delai)\b")


def returned_letters(data: bytes, tree: Tree, subject: str) -> tuple[str, ...]:
    """The Message-IDs of our letters that a message quotes as undeliverable.

    A report says so by its action; a bounce of no standard form by its subject. Their
    tokens cannot be guessed, so only who had the letter can make one up.
    """
    if not _says_failed(tree, subject):
        return ()
    places = (data, *(leaf.data for leaf in tree.leaves))
    found = (match.group() for place in places for match in _OURS.finditer(place))
    return tuple(i.decode("ascii") for i in dict.fromkeys(found))[:MAX_LETTERS]


def _says_failed(tree: Tree, subject: str) -> bool:
    if not _ARRIVED.isdisjoint(tree.types):
        return False
    reports = [leaf.data for leaf in tree.leaves if leaf.content_type in _STATUS]
    if reports:
        actions = {m.group(1).lower() for one in reports for m in _ACTION.finditer(one)}
        return b"failed" in actions
    key = match_key(subject[:200])
    return is_bounce_subject(subject) and _NOT_YET.search(key) is None
