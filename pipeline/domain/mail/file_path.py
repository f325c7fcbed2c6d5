"""Names and paths of files inside a mail: for people to read, never for a disk."""

import re
import unicodedata
from collections import Counter

from pipeline.domain.writing.raw_text import one_line

MAX_NAME = 200
MAX_PATH = 1000
_DRIVE = re.compile(r"^(?:[A-Za-z]:[\\/]|[\\/])|(?:^|[\\/])\.\.(?:[\\/]|$)")


def file_name(raw: str) -> str:
    """A file's name without folders, drive and control signs; empty when none is left.

    A slash in the name of an attachment is part of it ("BC 12/7.xls"), unless the
    name is plainly a path.
    """
    line = one_line(raw, 4 * MAX_NAME).strip(" '\"")
    if _DRIVE.search(line) or "\\" in line:
        line = re.split(r"[\\/]", line)[-1]
    return _shortened(line.replace("/", "_").strip(" ."))


def member_path(raw: str) -> str:
    """The path of an archive's member: relative, without drive and parent steps."""
    line = one_line(unicodedata.normalize("NFC", raw), MAX_PATH)
    steps = [step.strip() for step in re.split(r"[\\/]", line)]
    kept = [
        _shortened(step)
        for step in steps
        if step not in ("", ".", "..") and not re.fullmatch(r"[A-Za-z]:", step)
    ]
    return "/".join(kept[-8:])


def unique_path(path: str, taken: Counter[str]) -> str:
    """The path, numbered when the same one was given before: "PL 1 (2).xls"."""
    path = path[-MAX_PATH:]
    taken[path] += 1
    if taken[path] == 1:
        return path
    folder, slash, name = path.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    numbered = f"{stem or extension} ({taken[path]}){dot + extension if stem else ''}"
    return unique_path(f"{folder}{slash}{numbered}", taken)


def extension(name: str) -> str:
    """The extension of a name in lower case, without the dot."""
    stem, _, last = name.rpartition(".")
    return last.lower().strip() if stem and len(last) <= 8 else ""


def _shortened(name: str) -> str:
    """A name cut in the middle so that its extension stays."""
    if len(name) <= MAX_NAME:
        return name
    return name[: MAX_NAME - 20] + "…" + name[-19:]
