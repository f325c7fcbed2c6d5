"""The provinces' mailboxes of the demo: letters as files that a person can open."""

from collections.abc import Sequence
from pathlib import Path


class LetterBoxes:
    """Letters as .eml files, one folder an address; they outlive the program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, address: str, data: bytes) -> None:
        """Add a letter behind those that are there."""
        box = self._box(address)
        box.mkdir(parents=True, exist_ok=True)
        number = len(list(box.glob("*.eml"))) + 1
        (box / f"{number:03d}.eml").write_bytes(data)

    def read(self, address: str) -> Sequence[bytes]:
        """The letters of an address, oldest first."""
        return [path.read_bytes() for path in sorted(self._box(address).glob("*.eml"))]

    def addresses(self) -> Sequence[str]:
        """The addresses that have letters, in alphabetical order."""
        return sorted({path.parent.name for path in self._folder.glob("*/*.eml")})

    def _box(self, address: str) -> Path:
        # whatever an address holds, it must not lead out of the folder
        return self._folder / address.lower().replace("/", "_").lstrip(".")
