"""A log that cannot be written, a standard output that is shut: the work is done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.mails import letter
from tests.e2e.program import PROGRAM
from tests.servers.ledgers import TestDatabase

SETTINGS = """
round: ke-hoach-2014
data_dir: data
database: sqlite:///data/ingest.db
mailbox: {folder_source: mails}
smtp: {username: null, security: none}
policy: {replies: "off"}
workers: 1
"""


@pytest.mark.fault("F-X-4")
def test_mail_is_taken_in_though_nothing_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "mails").mkdir()
    configuration = tmp_path / "config" / "daemon.yaml"
    configuration.write_text(SETTINGS)
    (tmp_path / "mails" / "1.eml").write_bytes(letter())
    once = [sys.executable, str(PROGRAM), "--config", str(configuration), "once"]
    shut = ["sh", "-c", 'exec "$@" >&- 2>/dev/full', "sh", *once]
    ended = subprocess.run(shut, env=os.environ, timeout=120, check=False)
    assert ended.returncode == 0
    database = TestDatabase("sqlite", f"sqlite:///{tmp_path}/data/ingest.db")
    (row,) = database.rows("SELECT state FROM ingest_log")
    assert row["state"] != "received"
