"""The program as people run it: a folder with a configuration, commands as processes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.mail_system import MailSystem
from tests.servers.dovecot import PASSWORD
from tests.servers.ledgers import TestDatabase

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "run_daemon.py"
DEADLY = Path(__file__).with_name("deadly.py")
OURS = "khtc@example.test"
PATIENCE = 240


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Its standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def document(self) -> dict[str, Any]:
        """Its standard output as one JSON document."""
        (only,) = self.documents
        return only


@dataclass(frozen=True)
class Installation:
    """A configuration, its data and its database; `settings` is the file as written."""

    folder: Path
    database: TestDatabase
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def configuration(self) -> Path:
        return self.folder / "config" / "daemon.yaml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def mailbox(self) -> str:
        """The user whose mailbox is read."""
        return str(self.settings["mailbox"]["username"])

    def change(self, **changes: object) -> None:
        """Write the file anew; `mailbox__port=1` changes a key of a section."""
        for name, value in changes.items():
            section, _, key = name.rpartition("__")
            (self.settings[section] if section else self.settings)[key] = value
        text = yaml.safe_dump(self.settings, allow_unicode=True)
        self.configuration.write_text(text, encoding="utf-8")

    def run(
        self,
        *words: str,
        environment: Mapping[str, str] | None = None,
        deadly: Sequence[str] = (),
    ) -> Said:
        """A command to its end; `deadly` are the place and number of a sudden death."""
        return _ended(self._line(words, deadly), dict(environment or {}))

    def fine(self, *words: str) -> Said:
        """A command that must end with 0."""
        said = self.run(*words)
        assert said.code == 0, said
        return said

    def start(self, *words: str, log: Path) -> subprocess.Popen[bytes]:
        """A command that goes on; what it says goes into a file."""
        with log.open("ab") as said:
            return subprocess.Popen(
                self._line(words),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=_environment(),
            )

    def rows(self, view: str, order: str = "1, 2, 3") -> list[dict[str, Any]]:
        """A view of the contract, as a BI tool reads it."""
        return self.database.rows(f"SELECT * FROM {view} ORDER BY {order}")

    def _line(self, words: Sequence[str], deadly: Sequence[str] = ()) -> list[str]:
        program = [str(DEADLY), *deadly] if deadly else [str(PROGRAM)]
        return [sys.executable, *program, "--config", str(self.configuration), *words]


def run_program(*words: str) -> Said:
    """A command without any configuration, to its end."""
    return _ended([sys.executable, str(PROGRAM), *words], {})


def _ended(line: Sequence[str], environment: Mapping[str, str]) -> Said:
    done = subprocess.run(
        line,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=_environment() | environment,
        timeout=PATIENCE,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def _environment() -> dict[str, str]:
    """Ours without settings of a daemon, so that only the file counts.

    As on an office's machine, what one run has compiled the next need not: else each of
    hundreds would spend a third of its start on the templates of letters.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("INGEST_", "LANG"))}
    return kept | {"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": ""}


def install(
    folder: Path,
    mail: MailSystem,
    senders: str = "",
    database: TestDatabase | None = None,
    **changes: object,
) -> Installation:
    """A fresh installation that reads and answers through `mail`, over TLS."""
    config = folder / "config"
    config.mkdir(parents=True)
    secret = config / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    if senders:
        (config / "senders.csv").write_text(senders, encoding="utf-8")
    database = database or TestDatabase("sqlite", f"sqlite:///{folder}/data/ingest.db")
    made = Installation(folder, database, _settings(mail, database))
    made.change(**changes)
    return made


def _settings(mail: MailSystem, database: TestDatabase) -> dict[str, Any]:
    door = {
        "host": "127.0.0.1",
        "security": "tls",
        "ca_file": str(mail.dovecot.certificates.ca_file),
        "password_file": "config/password",
    }
    return {
        "round": "ke-hoach-2014",
        "data_dir": "data",
        "database": database.url,
        "mailbox": {**door, "port": mail.dovecot.imaps, "username": OURS},
        "smtp": {
            **door,
            "port": mail.postfix.smtps,
            "username": "khtc",
            "from_address": OURS,
        },
        "workers": 2,
    }
