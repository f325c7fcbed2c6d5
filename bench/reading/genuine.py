"""Genuine workbooks out of the fonts of before Unicode, decoded and compared.

    python -m bench.reading.genuine FOLDER

For each .xls in the folder with a `<name>.transcript.txt` beside it (cells parted by
tabs, one line a row): how many characters of its labels are decoded like the transcript.
For every .xls: how many are what its fonts alone say. Case counts for nothing, since
capitals are drawn by a font and a transcript need not show them. The folder is never
part of the project.
"""

import argparse
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.adapters.workbook_reading.raw import RawCell
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.workbook_reading.xlrd_book import read_xls
from pipeline.domain.reading.sheet import CellKind, Workbook
from pipeline.domain.writing.legacy_text import (
    Run,
    font_charset,
    from_tcvn3,
    from_vni,
    plausibility,
)
from pipeline.domain.writing.text import compose

_READ = {"tcvn3": from_tcvn3, "vni": from_vni}


@dataclass
class Tally:
    """Characters compared, those alike, and the pairs that differ."""

    characters: int = 0
    alike: int = 0
    pairs: list[tuple[str, str]] = field(default_factory=list)

    def take(self, wanted: str, got: str) -> None:
        """Count one label; `wanted` is what it is compared with, spaces aside."""
        one, other = wanted.replace(" ", ""), got.replace(" ", "")
        self.characters += len(one)
        if one == other:
            self.alike += len(one)
            return
        blocks = difflib.SequenceMatcher(None, one, other, autojunk=False)
        self.alike += sum(block.size for block in blocks.get_matching_blocks())
        self.pairs.append((wanted, got))

    def add(self, other: "Tally") -> None:
        self.characters += other.characters
        self.alike += other.alike
        self.pairs += other.pairs

    @property
    def percent(self) -> float:
        return 100 * self.alike / self.characters if self.characters else 0.0

    def without_blots(self) -> "Tally":
        """The same without labels that are less Vietnamese than what was read."""
        left = Tally(self.characters, self.alike)
        for wanted, got in self.pairs:
            one = Tally()
            one.take(wanted, got)
            if plausibility(wanted) < plausibility(got):
                left.characters -= one.characters
                left.alike -= one.alike
            else:
                left.pairs.append((wanted, got))
        return left


def _bare(text: str) -> str:
    """A label without case."""
    return compose(text).lower()


def _is_label(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def labels_of(workbook: Workbook) -> list[str]:
    """The texts of a workbook in reading order."""
    return [
        _bare(cell.text)
        for sheet in workbook.sheets
        for _, cell in sorted(sheet.cells.items())
        if cell.kind is CellKind.TEXT and _is_label(cell.text)
    ]


def transcribed(transcript: str, labels: Sequence[str]) -> Tally:
    """A transcript's labels beside the ones that were read, aligned in order."""
    cells = [_bare(cell) for cell in transcript.replace("\n", "\t").split("\t")]
    wanted = [cell for cell in cells if _is_label(cell)]
    tally = Tally()
    matcher = difflib.SequenceMatcher(None, wanted, labels, autojunk=False)
    for _, start, end, first, last in matcher.get_opcodes():
        here, there = wanted[start:end], labels[first:last]
        if len(here) != len(there):  # lines broken inside cells
            tally.take(" ".join(here), " ".join(there))
            continue
        for one, other in zip(here, there, strict=True):
            tally.take(one, other)
    return tally


def by_font(data: bytes, workbook: Workbook) -> Tally:
    """What the fonts alone say beside what was read."""
    tally = Tally()
    for raw, sheet in zip(read_xls(data), workbook.sheets, strict=True):
        for place, cell in sheet.cells.items():
            source = raw.cells[place]
            if source.kind is CellKind.TEXT and _is_label(source.text):
                tally.take(_bare("".join(_runs_by_font(source))), _bare(cell.text))
    return tally


def _runs_by_font(cell: RawCell) -> Iterator[str]:
    runs: Sequence[Run] = cell.runs or ((cell.text, cell.font),)
    for text, font in runs:
        read = _READ.get(font_charset(font) or "")
        yield read(text) if read else text


def main() -> None:
    """Measure a folder and print its figures, with the labels that differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=10, help="labels that differ to show")
    asked = parser.parse_args()
    copied, fonts = Tally(), Tally()
    for file in sorted(asked.folder.glob("*.xls")):
        data = file.read_bytes()
        workbook = open_workbook(data, file.name)
        one = by_font(data, workbook)
        fonts.add(one)
        line = f"{file.name}: {one.characters} characters"
        line += f", like its fonts {one.percent:.2f} %"
        transcript = file.with_suffix(".transcript.txt")
        if transcript.exists():
            written = transcript.read_text(encoding="utf-8")
            found = transcribed(written, labels_of(workbook))
            copied.add(found)
            line += f", like its transcript {found.percent:.2f} %"
        print(line)
    sound = copied.without_blots()
    print(f"\nlike the transcripts: {copied.percent:.3f} % of {copied.characters}")
    print(f"without labels that a transcript spoils: {sound.percent:.3f} %")
    print(f"like the fonts: {fonts.percent:.3f} % of {fonts.characters}")
    for wanted, got in (sound.pairs + copied.pairs + fonts.pairs)[: asked.show]:
        print(f"  {wanted!r}\n  {got!r}")


if __name__ == "__main__":
    main()
