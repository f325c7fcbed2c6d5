"""Decode: raw bytes of a message to its envelope and the files it carries."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.domain.address import list_addresses, message_ids, parse_from
from pipeline.domain.body_text import cloud_links, text_of_html
from pipeline.domain.file_path import file_name, unique_path
from pipeline.domain.lost_file import hints_of_damage, hints_of_file
from pipeline.domain.mail_fields import Head
from pipeline.domain.mail_trust import authentication, received_date
from pipeline.domain.message import Envelope, Part
from pipeline.domain.mime_tree import Leaf, Tree, read_tree
from pipeline.domain.raw_text import decode_bytes, many_lines
from pipeline.domain.robot_marks import OWN_MESSAGE_ID_BYTES, REPORT_TYPES, header_marks
from pipeline.domain.transfer import MAGIC, uu_blocks

MAX_TEXT = 20_000
MAX_BODY = 400_000
# Parts that are about the mail, or that no reader here can open: never a file.
_NO_FILE = REPORT_TYPES | {"text/rfc822-headers", "message/rfc822-headers"}
_SEALED = frozenset(
    {
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/pgp-encrypted",
        "message/partial",
        "message/external-body",
    }
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message taken apart.

    `hidden_attachment` is True when the raw bytes hint at a file that is not among
    `parts` (`hints` say how): such a mail is held, never "no attachment". `links` are
    links to cloud drives in any body.
    """

    envelope: Envelope
    parts: tuple[Part, ...]
    hidden_attachment: bool
    hints: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def decode(
    data: bytes,
    *,
    trusted_authserv_ids: tuple[str, ...] = (),
    own_addresses: frozenset[str] = frozenset(),
) -> Decoded:
    """The envelope and every candidate file of a raw message.

    Attached messages are taken apart too, with their path. An own letter that comes
    back inside a mail is left out. Raises LimitError only, on any bytes.
    """
    tree = read_tree(data, OWN_MESSAGE_ID_BYTES)
    bodies = [leaf for leaf in tree.leaves if _is_body(leaf)]
    parts = tuple(_parts(tree))
    hints = tuple(sorted(set(_hints(tree))))
    texts = [(leaf, _body_text(leaf)) for leaf in bodies]
    links = tuple(dict.fromkeys(url for _, text in texts for url in cloud_links(text)))
    own = frozenset(address.lower() for address in own_addresses)
    envelope = _envelope(tree, _joined_text(tree, texts), trusted_authserv_ids, own)
    return Decoded(envelope, parts, bool(hints), hints, links)


def _envelope(
    tree: Tree, text: str, trusted: tuple[str, ...], own: frozenset[str]
) -> Envelope:
    head = tree.messages[0].head
    sender = parse_from(field.value for field in head.all("from"))
    address = sender.address if sender else None
    lists = (*head.all("to")[:4], *head.all("cc")[:4])
    recipients = list_addresses(field.value for field in lists)
    ids = message_ids(head.first("message-id"))
    date = head.all("date")[:1]
    return Envelope(
        message_id=ids[0] if len(ids) == 1 else None,
        in_reply_to=message_ids(head.first("in-reply-to")),
        references=message_ids(head.first("references")),
        subject=_text_of(head, "subject"),
        sender=address,
        sender_name=sender.name[:200] if sender else "",
        recipients=recipients,
        date_claimed=date[0].text[:100] if date else None,
        received_top=received_date(head),
        content_type=tree.types[0],
        text=text,
        marks=header_marks(head, tree.types, own, address, recipients),
        defects=tuple(dict.fromkeys(tree.defects)),
        authentication=authentication(head, trusted, address),
    )


def _text_of(head: Head, name: str) -> str:
    return next((field.text for field in head.all(name)), "")


def _is_body(leaf: Leaf) -> bool:
    """Whether a leaf is text to be read by people, not a file."""
    return (
        leaf.content_type in ("text/plain", "text/html")
        and not leaf.name
        and leaf.disposition != "attachment"
        and not MAGIC.match(leaf.data)
    )


def _body_text(leaf: Leaf) -> str:
    text = decode_bytes(_without_files(leaf.data)[:MAX_BODY], leaf.charset)
    return text_of_html(text) if leaf.content_type == "text/html" else text


def _without_files(data: bytes) -> bytes:
    """A text body without its uuencoded files."""
    kept, at = [], 0
    for _, _, start, end in uu_blocks(data):
        kept.append(data[at:start])
        at = end
    return b"".join([*kept, data[at:]])


def _joined_text(tree: Tree, texts: Sequence[tuple[Leaf, str]]) -> str:
    """The text of the mail, then each attached mail's with a short head above it."""
    blocks = []
    for message in tree.messages:
        own = [(leaf, text) for leaf, text in texts if leaf.inside == message.inside]
        plain = [text for leaf, text in own if leaf.content_type == "text/plain"]
        rich = [text for leaf, text in own if leaf.content_type == "text/html"]
        body = "\n".join(plain) if "".join(plain).strip() else "\n".join(rich)
        if message.inside:
            sender = _text_of(message.head, "from")
            subject = _text_of(message.head, "subject")
            blocks.append(f"---------- Forwarded message ----------\nFrom: {sender}")
            blocks.append(f"Subject: {subject}\n")
        blocks.append(body.strip())
    return many_lines("\n".join(blocks), MAX_TEXT).strip()


def _parts(tree: Tree) -> Iterator[Part]:
    """Every file: attached, inline, nameless, misdeclared, uuencoded in a text."""
    taken: Counter[str] = Counter()
    for leaf in tree.leaves:
        if leaf.content_type in _NO_FILE:
            continue
        if _is_body(leaf):
            for raw_name, data, _, _ in uu_blocks(leaf.data):
                name = file_name(decode_bytes(raw_name)) or _invented_name(leaf)
                yield _part(leaf, name, data, taken)
        else:
            name = file_name(leaf.name) or _invented_name(leaf)
            yield _part(leaf, name, leaf.data, taken)


def _part(leaf: Leaf, name: str, data: bytes, taken: Counter[str]) -> Part:
    folders = [_folder(step) for step in leaf.inside]
    path = unique_path("/".join([*folders, name]), taken)
    inline = leaf.disposition != "attachment" and (
        leaf.related or leaf.disposition == "inline"
    )
    return Part(path, name, leaf.content_type, data, inline=inline)


def _folder(step: str) -> str:
    """The name of an attached message in a path; "mail/2" when it has none."""
    return step if re.fullmatch(r"mail/\d{1,3}", step) else file_name(step) or "mail"


def _invented_name(leaf: Leaf) -> str:
    subtype = re.sub(r"[^a-z0-9]", "", leaf.content_type.partition("/")[2])
    short = {"plain": "txt", "octetstream": "bin", "jpeg": "jpg"}.get(subtype, subtype)
    return f"part-{leaf.number}.{short[:12] or 'bin'}"


def _hints(tree: Tree) -> Iterator[str]:
    """Signs of a file in bytes that gave none."""
    for region in tree.unclaimed:
        yield from hints_of_file(region, headers=True)
    for leaf in tree.leaves:
        if leaf.content_type in _SEALED:
            yield "sealed"
        if _is_body(leaf):
            yield from hints_of_file(_without_files(leaf.data), headers=False)
        elif not MAGIC.match(leaf.data):
            yield from hints_of_damage(leaf.encoded, leaf.data)
