"""Drawings as SYLK and DIF, the exchange formats of the first spreadsheets."""

from decimal import Decimal

from tests.builders.workbooks import Drawing, Value


def write_slk(drawing: Drawing, encoding: str = "utf-8") -> bytes:
    """The drawing as Excel writes SYLK: a record a cell, the row told where it changes."""
    lines, last = ["ID;PWXL;N;E", "P;PGeneral", "F;P0;DG0G8;M255"], -1
    for (row, column), value in sorted(drawing.cells.items()):
        place = f"Y{row + 1};" if row != last else ""
        lines.append(f"C;{place}X{column + 1};K{_of_slk(value)}")
        last = row
    return "\r\n".join([*lines, "E", ""]).encode(encoding, "replace")


def _of_slk(value: Value) -> str:
    if isinstance(value, str):
        text = value.replace(";", ";;")
        return f'"{text}"'
    return str(value)


def write_dif(drawing: Drawing, encoding: str = "utf-8") -> bytes:
    """The drawing as DIF: two lines a cell, every row from its first column."""
    rows = 1 + max(row for row, _ in drawing.cells)
    columns = 1 + max(column for _, column in drawing.cells)
    lines = ["TABLE", "0,1", '"EXCEL"', "VECTORS", f"0,{rows}", '""']
    lines += ["TUPLES", f"0,{columns}", '""', "DATA", "0,0", '""']
    for row in range(rows):
        lines += ["-1,0", "BOT"]
        for column in range(columns):
            lines += _of_dif(drawing.cells.get((row, column), ""))
    return "\r\n".join([*lines, "-1,0", "EOD", ""]).encode(encoding, "replace")


def _of_dif(value: Value) -> tuple[str, str]:
    if isinstance(value, int | float | Decimal):
        return f"0,{value}", "V"
    text = value.replace('"', '""')
    return "1,0", f'"{text}"'
