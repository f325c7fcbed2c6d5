"""Secrets are planted in a whole run, and looked for in everything it says and writes."""

import shutil
from pathlib import Path

import pytest

from pipeline.assembly import read_plan
from pipeline.assembly.doors import mailbox_access
from pipeline.settings import load_settings
from tests.builders.canaries import forms
from tests.builders.mails import OURS
from tests.contract.test_commands import CLEAN, NOBODY, Place, place
from tests.servers.aiosmtp import running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.fixtures import certificates

MAILBOX, POSTBOX = "qx7-kestrel-Wm3", "zk2-heron-Pf8"
DATABASE, TOKEN, CLIENT = "vb9-osprey-Jt4", "ny5-bittern-Ls6", "hd1-plover-Gc0"
CANARIES = (MAILBOX, POSTBOX, DATABASE, TOKEN, CLIENT)
COMMANDS = (("once",), ("doctor", "--json"), ("log", "--json"), ("audit",))

__all__ = ["certificates", "place"]


def told(text: bytes) -> list[str]:
    return [one for one in CANARIES if any(form in text for form in forms(one))]


def written(folder: Path) -> bytes:
    """Every byte of every file, but for those that were given to keep a secret."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return b"\n".join(
        f"{path}\n".encode() + path.read_bytes()
        for path in files
        if path.suffix != ".secret" and path.name != "daemon.yaml"
    )


def secret(place: Place, name: str, word: str) -> str:
    path = place.folder / f"{name}.secret"
    path.write_text(word + "\n")
    path.chmod(0o600)
    return str(path)


def said(place: Place) -> bytes:
    """What the commands say, whatever they come to."""
    return "\n".join(text for words in COMMANDS for text in place.run(*words)[1:]).encode()


@pytest.mark.fault("T-25")
@pytest.mark.parametrize("form", range(8))
def test_every_form_of_a_canary_is_recognised(form: int) -> None:
    for one in CANARIES:
        assert told(b"x" * form + list(forms(one))[form] + b"y") == [one]


@pytest.mark.fault("T-25")
@pytest.mark.parametrize("right", [True, False])
def test_a_run_that_logs_in_writes_no_secret(
    place: Place, certificates: Certificates, right: bool
) -> None:
    with running_aiosmtpd(certificates, POSTBOX if right else "another") as server:
        access = server.access(POSTBOX)
        (place.folder / "daemon.yaml").write_text(
            f"""
mailbox: {{folder_source: mails, addresses: [{OURS}]}}
smtp:
  port: {access.port}
  ca_file: {access.ca_file}
  security: {access.security}
  password_file: {secret(place, "smtp", POSTBOX)}
workers: 1
log: {{level: DEBUG}}
""",
            encoding="utf-8",
        )
        for name, raw in (("a", CLEAN), ("b", NOBODY)):
            (place.mails / f"{name}.eml").write_bytes(raw)
        spoken = said(place)
        assert bool(server.letters) == right
    assert b"filed" in spoken
    assert told(spoken + written(place.folder)) == []


@pytest.mark.fault("T-25")
def test_doors_that_fail_tell_no_secret(place: Place) -> None:
    shutil.rmtree(place.mails)
    (place.folder / "daemon.yaml").write_text(
        f"""
database: postgresql+psycopg://khtc:{DATABASE}@127.0.0.1:1/khtc
mailbox:
  host: 127.0.0.1
  port: 1
  security: none
  password_file: {secret(place, "imap", MAILBOX)}
smtp:
  host: 127.0.0.1
  port: 1
  security: none
  oauth2:
    token_url: https://127.0.0.1:1/token
    client_id: khtc
    client_secret_file: {secret(place, "client", CLIENT)}
    refresh_token_file: {secret(place, "token", TOKEN)}
log: {{level: DEBUG}}
""",
        encoding="utf-8",
    )
    spoken = said(place)
    plan = read_plan(load_settings(place.folder / "daemon.yaml", {}))
    # what a traceback or a failed assertion would show of it
    spoken += f"{plan!r}{plan.settings!r}{mailbox_access(plan)!r}".encode()
    assert b"127.0.0.1" in spoken
    assert told(spoken + written(place.folder)) == []
