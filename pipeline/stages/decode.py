"""Decode: raw bytes of a message to its envelope and the files it carries."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.domain.mail.address import list_addresses, message_ids, parse_from
from pipeline.domain.mail.body_text import cloud_links, text_of_html
from pipeline.domain.mail.mail_fields import Head
from pipeline.domain.mail.mail_files import files_of, hints_in, is_body, without_files
from pipeline.domain.mail.mail_trust import authentication, received_date
from pipeline.domain.mail.message import Decoded, Envelope
from pipeline.domain.mail.mime_tree import Leaf, Tree, read_tree
from pipeline.domain.mail.returned_letter import returned_letters
from pipeline.domain.mail.robot_marks import OWN_MESSAGE_ID_BYTES, header_marks
from pipeline.domain.writing.raw_text import decode_bytes, many_lines

MAX_TEXT = 20_000
MAX_BODY = 400_000


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
    bodies = [leaf for leaf in tree.leaves if is_body(leaf)]
    parts = tuple(files_of(tree))
    hints = tuple(sorted(set(hints_in(tree))))
    texts = [(leaf, _body_text(leaf)) for leaf in bodies]
    links = tuple(dict.fromkeys(url for _, text in texts for url in cloud_links(text)))
    own = frozenset(address.lower() for address in own_addresses)
    envelope = _envelope(tree, _joined_text(tree, texts), trusted_authserv_ids, own)
    returned = returned_letters(data, tree, envelope.subject)
    envelope = replace(envelope, returned=returned)
    return Decoded(envelope, parts, bool(hints), hints, links)


def _envelope(
    tree: Tree, text: str, trusted: tuple[str, ...], own: frozenset[str]
) -> Envelope:
    head = tree.messages[0].head
    sender = parse_from(field.unfolded for field in head.all("from"))
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


def _body_text(leaf: Leaf) -> str:
    text = decode_bytes(without_files(leaf.data)[:MAX_BODY], leaf.charset)
    return text_of_html(text) if leaf.content_type == "text/html" else text


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
