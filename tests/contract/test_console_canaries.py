"""Secrets of the console are looked for in all its pages, its exports and its files."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.builders.canaries import forms
from tests.contract.test_console_entry import addresses
from tests.servers.console_world import Console
from tests.servers.pages import PASSWORD

LONGEST_LANGUAGE = 2
pytest_plugins = ["tests.servers.console_fixtures"]


@pytest.fixture(scope="module")
def canaries(looked_at: Console) -> Mapping[str, str]:
    """A session of somebody else, the password of all, and their kept records."""
    cookies = {
        name: value
        for name, value in looked_at.browser("planner").cookies.items()
        if len(value) > LONGEST_LANGUAGE
    }
    kept = {
        f"record of {account.name}": account.password
        for account in looked_at.world.ledger.accounts()
    }
    assert cookies
    assert kept
    return {"password": PASSWORD, **kept, **cookies}


def found(data: bytes, canaries: Mapping[str, str]) -> list[str]:
    """Which of them are in some bytes, in any form."""
    return [
        name
        for name, secret in canaries.items()
        if any(form in data for form in forms(secret))
    ]


def unpacked(data: bytes) -> bytes:
    """What a page says, also within a workbook or a document."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


@pytest.mark.fault("T-25")
def test_no_page_and_no_export_shows_a_secret(
    looked_at: Console, canaries: Mapping[str, str]
) -> None:
    browser = looked_at.browser("administrator")
    exports = 0
    for path in addresses(changes=False):
        got = browser.get(path)
        exports += "attachment" in got.headers.get("content-disposition", "")
        said = unpacked(got.body) + str(got.headers).encode()
        assert found(said, canaries) == [], path
    assert exports


@pytest.mark.fault("T-25")
def test_sessions_and_passwords_are_kept_as_digests_only(
    looked_at: Console, canaries: Mapping[str, str]
) -> None:
    folder = Path(looked_at.world.ledger._database.url.database).parent
    files = [path for path in folder.rglob("*") if path.is_file()]
    written = b"\n".join(path.read_bytes() for path in files)
    unkept = {name: s for name, s in canaries.items() if not name.startswith("record")}
    assert b"session" in written
    assert found(written, unkept) == []
