"""Ports of the alarms: the book of what was told, and the writer of the letters."""

from typing import Protocol

from pipeline.domain.notice import AlarmBook, Notice


class AlarmBooks(Protocol):
    """Where the alarm book is kept, away from the database."""

    def load(self) -> AlarmBook:
        """What was remembered; an empty book where there is none."""

    def store(self, book: AlarmBook) -> None:
        """Keep a book durably; TransientError when the disk refuses."""


class AlarmWriter(Protocol):
    """A notice to the bytes of a letter."""

    def write(self, notice: Notice, recipient: str) -> bytes:
        """The letter to one recipient."""
