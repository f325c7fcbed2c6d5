"""Outlook messages (.msg) by python-oxmsg: the files attached to them."""

import io
from collections.abc import Iterator
from typing import Any

from pipeline.adapters.archive_openers.damage import DAMAGE
from pipeline.domain.mail.archive import ArchiveError, Budget, Member

_SHORT_NAME, _DISPLAY_NAME = 0x3704, 0x3001
# A message attached to the message lies in a folder of this name.
_EMBEDDED = "__substg1.0_3701000D"
_MAX_DEPTH = 5


def open_outlook(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The files of a saved Outlook message, and of the messages attached to it."""
    try:
        from olefile import OleFileIO
        from oxmsg.storage import Storage
    except ImportError as error:
        raise ArchiveError("unsupported-type") from error
    try:
        with OleFileIO(io.BytesIO(data)) as ole:
            root = Storage.from_ole(ole)
    except MemoryError as error:
        raise ArchiveError("too-big") from error
    except DAMAGE as error:
        raise ArchiveError("unreadable-file") from error
    yield from _files_of(root, "", budget)


def _files_of(storage: Any, folder: str, budget: Budget) -> Iterator[Member]:
    if folder.count("/") > _MAX_DEPTH:
        raise ArchiveError("too-big")
    for attached in storage.iter_attachment_storages():
        budget.member()
        name, content = _taken_out(attached)
        inner = next((s for s in attached.storages if s.name == _EMBEDDED), None)
        if inner is not None:
            yield from _files_of(inner, f"{folder}{name or 'mail'}/", budget)
        elif content is None:
            yield Member(f"{folder}{name}", problem="unreadable-file")
        else:
            # streams are stored as they are, so nothing inflates
            budget.take(content, len(content), len(content))
            yield Member(f"{folder}{name}", content)


def _taken_out(storage: Any) -> tuple[str, bytes | None]:
    """The name of an attachment and its bytes; None when there are none inside."""
    from oxmsg.attachment import Attachment

    attachment = Attachment(storage)
    try:
        text = attachment.properties.str_prop_value
        name = attachment.file_name or text(_SHORT_NAME) or text(_DISPLAY_NAME) or ""
        return name.replace("/", "_").strip("\0 "), attachment.file_bytes
    except DAMAGE:
        return "", None
