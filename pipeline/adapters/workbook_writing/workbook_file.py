"""A workbook of ours as bytes: the same workbook is the same bytes, for ever."""

import io
import re
import zipfile
from datetime import UTC, datetime

from openpyxl import Workbook

from pipeline.adapters.workbook_writing.sheet_xml import write_parts

_FIRST_ZIP_YEAR = 1980
_MODIFIED = re.compile(rb"(<dcterms:modified[^<>]*>)[^<]*")


def workbook_bytes(workbook: Workbook, title: str, at: datetime) -> bytes:
    """The .xlsx file of a workbook; `at` is all that it knows of time.

    openpyxl writes the clock into the file's properties and into every member of the
    archive: both are set to `at` here.
    """
    properties = workbook.properties
    properties.title = title
    properties.creator = properties.lastModifiedBy = "KHTC"
    properties.created = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    raw = io.BytesIO()
    write_parts(workbook, raw)
    return _steady(raw, at)


def _steady(raw: io.BytesIO, at: datetime) -> bytes:
    local = at.astimezone(UTC)
    stamp = max(local, datetime(_FIRST_ZIP_YEAR, 1, 1, tzinfo=UTC)).timetuple()[:6]
    modified = local.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    steady = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(steady, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + modified, data)
            member = zipfile.ZipInfo(name, stamp)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            new.writestr(member, data)
    return steady.getvalue()
