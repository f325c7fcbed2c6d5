"""The files of a mail: which parts are files, what they are called, what was lost."""

import re
from collections import Counter
from collections.abc import Iterator

from pipeline.domain.mail.file_path import file_name, unique_path
from pipeline.domain.mail.file_type import sniff
from pipeline.domain.mail.lost_file import hints_of_damage, hints_of_fields, hints_of_file
from pipeline.domain.mail.message import Part
from pipeline.domain.mail.mime_tree import Leaf, Tree
from pipeline.domain.mail.robot_marks import REPORT_TYPES
from pipeline.domain.mail.transfer import MAGIC, uu_blocks
from pipeline.domain.writing.raw_text import decode_bytes

# Parts that tell about the mail itself.
_NO_FILE = REPORT_TYPES | {"text/rfc822-headers", "message/rfc822-headers"}
# Parts that hold a file which cannot be taken out.
_SEALED = frozenset(
    {
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/pgp-encrypted",
        "message/partial",
        "message/external-body",
    }
)


def is_body(leaf: Leaf) -> bool:
    """Whether a leaf is text for people to read, not a file."""
    return (
        leaf.content_type in ("text/plain", "text/html")
        and not leaf.name
        and leaf.disposition != "attachment"
        and not MAGIC.match(leaf.data)
    )


def without_files(data: bytes) -> bytes:
    """A text body without its uuencoded files."""
    kept, at = [], 0
    for _, _, start, end in uu_blocks(data):
        kept.append(data[at:start])
        at = end
    return b"".join([*kept, data[at:]])


def files_of(tree: Tree) -> Iterator[Part]:
    """Every file: attached, inline, nameless, misdeclared, uuencoded in a text."""
    taken: Counter[str] = Counter()
    for leaf in tree.leaves:
        if leaf.content_type in _NO_FILE:
            continue
        if is_body(leaf):
            for raw_name, data, _, _ in uu_blocks(leaf.data):
                name = file_name(decode_bytes(raw_name)) or _invented_name(leaf)
                yield _part(leaf, name, data, taken)
        else:
            name = file_name(leaf.name) or _invented_name(leaf)
            yield _part(leaf, name, leaf.data, taken)


def hints_in(tree: Tree) -> Iterator[str]:
    """Signs of a file in bytes that gave none; a sign may come more than once."""
    for region in tree.unclaimed:
        yield from hints_of_file(region, headers=True)
    for leaf in tree.leaves:
        if leaf.content_type in _SEALED:
            yield "sealed"
        if is_body(leaf):
            wide = leaf.charset.lower().startswith(("utf-16", "utf-32", "ucs"))
            text = decode_bytes(leaf.data, leaf.charset).encode() if wide else leaf.data
            yield from hints_of_file(without_files(text), headers=False)
            if leaf.encoded != leaf.data:
                yield from hints_of_fields(leaf.encoded)
        elif leaf.content_type not in _NO_FILE and not MAGIC.match(leaf.data):
            yield from hints_of_damage(leaf.encoded, leaf.data)
            # A saved mail is opened as one; any other text may hold what broke off.
            if sniff(leaf.data) in ("txt", "html"):
                yield from hints_of_file(leaf.data, headers=False)


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
