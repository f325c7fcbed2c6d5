"""RAR archives by UnRAR, behind unrar2-cffi's bindings.

The bindings are used below their `RarFile`: that one takes an archive with encrypted
headers for an empty one, and waits for ever for a missing volume.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from pipeline.domain.mail.archive import ArchiveError, Budget, Member

# UnRAR's answers (dll.hpp).
_SUCCESS, _END, _NO_MEMORY, _UNKNOWN_FORMAT = 0, 10, 11, 14
_MISSING_PASSWORD, _BAD_PASSWORD = 22, 24
_LARGE_DICTIONARY = 26
_CODES = {
    _NO_MEMORY: "too-big",
    _LARGE_DICTIONARY: "too-big",
    _UNKNOWN_FORMAT: "unsupported-type",
    _MISSING_PASSWORD: "encrypted-archive",
    _BAD_PASSWORD: "encrypted-archive",
}
_ENCRYPTED_HEADERS = 0x80
_CONTINUED, _CONTINUES, _ENCRYPTED, _FOLDER = 0x01, 0x02, 0x04, 0x20
_STOP, _GO_ON = -1, 1
# UnRAR looks for the next volume under the next number: there must be no such file.
_LONELY_HANDLE = 40


def open_rar(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The files of a rar in order; links and folders are no members.

    A file that goes on in another volume is `unreadable-file`, for that volume is not
    here.
    """
    try:
        from unrar.cffi import unrarlib
    except ImportError as error:
        raise ArchiveError("unsupported-type") from error
    with closing(_Archive(unrarlib, _in_memory(data), budget, len(data))) as archive:
        yield from archive.members()


def _in_memory(data: bytes) -> int:
    """A file that only this process knows, for UnRAR reads no bytes; its handle."""
    made = os.memfd_create("archive")
    try:
        handle = fcntl.fcntl(made, fcntl.F_DUPFD_CLOEXEC, _LONELY_HANDLE)
    finally:
        os.close(made)
    try:
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(data)
    except OSError as error:  # more than a file of the child may hold
        os.close(handle)
        raise ArchiveError("too-big") from error
    return handle


@dataclass(slots=True)
class _Archive:
    """A rar that is open; `unrar` is the module of the bindings."""

    unrar: Any
    file: int
    budget: Budget
    packed: int
    handle: Any = None
    chunks: list[bytes] = field(default_factory=list)
    total: int = 0
    fault: ArchiveError | None = None

    def close(self) -> None:
        if self.handle is not None:
            self.unrar.RARCloseArchive(self.handle)
        os.close(self.file)

    def members(self) -> Iterator[Member]:
        # both must outlive the archive: UnRAR keeps pointers to them
        wanted = self._open()
        voice = self.unrar.ffi.new_handle(self._hear)
        self._listen(voice)
        while (header := self._next()) is not None:
            flags = header.Flags
            if flags & _FOLDER or header.RedirType:
                self._process(self.unrar.C_RAR_SKIP)
                continue
            self.budget.member()
            path = self._name_of(header)
            if flags & _CONTINUES:
                yield Member(path, problem="unreadable-file")
                break
            yield self._member(path, flags)
        del wanted, voice

    def _open(self) -> Any:
        wanted = self.unrar.RAROpenArchiveDataEx(
            f"/proc/self/fd/{self.file}", self.unrar.C_RAR_OM_EXTRACT
        )
        handle = self.unrar.RAROpenArchiveEx(wanted.value)
        self.handle = handle or None
        self._expect(wanted.value.OpenResult)
        if wanted.value.Flags & _ENCRYPTED_HEADERS:
            raise ArchiveError("encrypted-archive")
        return wanted

    def _listen(self, voice: Any) -> None:
        unrar = self.unrar
        unrar.RARSetCallbackPtr(self.handle, unrar.PyUNRARCALLBACKStub, voice)

    def _next(self) -> Any:
        """The header of the next file, None at the end."""
        header = self.unrar.RARHeaderDataEx()
        answer = self.unrar.RARReadHeaderEx(self.handle, header)
        if answer == _END:
            return None
        self._expect(answer)
        return header

    def _member(self, path: str, flags: int) -> Member:
        """One file; a damaged or locked one does not shut the others."""
        if flags & (_ENCRYPTED | _CONTINUED):
            self._process(self.unrar.C_RAR_SKIP)
            code = "encrypted-archive" if flags & _ENCRYPTED else "unreadable-file"
            return Member(path, problem=code)
        self.chunks, self.total = [], 0
        answer = self._process(self.unrar.C_RAR_TEST)
        if answer != _SUCCESS:
            return Member(path, problem=_CODES.get(answer, "unreadable-file"))
        return Member(path, b"".join(self.chunks))

    def _process(self, operation: int) -> int:
        null = self.unrar.ffi.NULL
        answer: int = self.unrar.RARProcessFileW(self.handle, operation, null, null)
        if self.fault is not None:
            raise self.fault
        return answer

    def _hear(self, event: int, first: int, second: int) -> int:
        """UnRAR's callback: bytes, or a question (password, volume, memory): no."""
        if event != self.unrar.UCM_PROCESSDATA:
            return _STOP
        ffi = self.unrar.ffi
        chunk = bytes(ffi.buffer(ffi.cast("char *", first), second))
        self.total += len(chunk)
        try:
            self.budget.take(chunk, self.total, self.packed)
        except ArchiveError as fault:
            self.fault = fault
            return _STOP
        self.chunks.append(chunk)
        return _GO_ON

    def _name_of(self, header: Any) -> str:
        """The name of a file; what is no character in it is replaced."""
        try:
            text = str(self.unrar.ffi.string(header.FileNameW))
        except ValueError:  # no character has such a number
            return ""
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _expect(self, answer: int) -> None:
        if answer != _SUCCESS:
            raise ArchiveError(_CODES.get(answer, "unreadable-file"))
