"""Lines of the CSV files of definitions and registries, each knowing where it stands."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class CsvLine:
    """A line of a CSV file, by the names of its header."""

    source: str
    number: int
    cells: dict[str, str]

    def fault(self, column: str, problem: str) -> ConfigError:
        return ConfigError(self.source, f"line {self.number}, {column}", problem)

    def whole(self, column: str) -> int:
        text = self.cells[column]
        if not (text.isascii() and text.isdecimal()):
            raise self.fault(column, f"{text!r} is not a whole number")
        return int(text)


def csv_lines(path: Path, header: Collection[str]) -> Iterator[CsvLine]:
    """The lines of a CSV file (UTF-8, comma or semicolon), blank ones left out."""
    source = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(source, "the file", f"cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(source, "the file", "is not UTF-8 text") from error
    rows = text.splitlines()
    delimiter = ";" if rows and ";" in rows[0] else ","
    reader = csv.reader(rows, delimiter=delimiter)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise ConfigError(source, f"line {reader.line_num}", f"{error}") from error
    names = [name.strip() for name in lines[0][1]] if lines else []
    if sorted(names) != sorted(header):
        raise ConfigError(source, "line 1", f"the header must be {','.join(header)}")
    for number, cells in lines[1:]:
        if any(cell.strip() for cell in cells):
            yield _line(source, number, (names, cells))


def _line(source: str, number: int, row: tuple[list[str], list[str]]) -> CsvLine:
    names, cells = row
    if len(cells) > len(names):
        raise ConfigError(source, f"line {number}", f"has more than {len(names)} cells")
    padded = cells + [""] * (len(names) - len(cells))
    values = (cell.strip() for cell in padded)
    return CsvLine(source, number, dict(zip(names, values, strict=True)))


def code_of(line: CsvLine, column: str = "province_code") -> str:
    """The code of a unit; a spreadsheet program saves 02 as 2."""
    code = line.cells[column]
    return code.zfill(2) if code.isdecimal() else code
