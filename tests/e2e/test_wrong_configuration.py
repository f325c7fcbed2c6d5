"""A wrong configuration stops with 78 and names file and key, before anything happens."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.mails import letter
from tests.e2e.conftest import Install
from tests.e2e.program import OURS, ROOT, Installation, Said

pytest_plugins = ["tests.servers.fixtures"]

Spoil = Callable[[Installation], None]
FILE = "daemon.yaml"


def changed(**changes: object) -> Spoil:
    return lambda program: program.change(**changes)


def _readable_secret(program: Installation) -> None:
    (program.folder / "config" / "password").chmod(0o644)


def _no_yaml(program: Installation) -> None:
    program.configuration.write_text("mailbox: [\n")


def _no_file(program: Installation) -> None:
    program.configuration.unlink()


def _senders(*lines: str) -> Spoil:
    def spoil(program: Installation) -> None:
        text = "\n".join(["address,province_code,name,phone", *lines])
        (program.folder / "config" / "senders.csv").write_text(text + "\n")

    return spoil


def _broken_form(program: Installation) -> None:
    rounds = program.folder / "config" / "rounds"
    shutil.copytree(ROOT / "config" / "rounds", rounds)
    form = rounds / "ke-hoach-2014" / "PL03.yaml"
    form.write_text(form.read_text().replace("aggregate: sum", "aggregate: summ", 1))


CASES: dict[str, tuple[Spoil, str, str]] = {
    "unknown key": (changed(mailbox__prot=993), FILE, "mailbox.prot"),
    "unknown section": (changed(mailboxes={}), FILE, "mailboxes"),
    "not one of the choices": (changed(smtp__security="ssl"), FILE, "smtp.security"),
    "text for a number": (changed(mailbox__port="imaps"), FILE, "mailbox.port"),
    "no such zone": (changed(schedule={"timezone": "A/B"}), FILE, "schedule.timezone"),
    "no such time": (
        changed(schedule={"consolidate_at": "25:00"}),
        FILE,
        "schedule.consolidate_at",
    ),
    "no address": (changed(smtp__from_address="khtc"), FILE, "smtp.from_address"),
    "no secret file": (
        changed(smtp__password_file="nowhere"),
        FILE,
        "smtp.password_file",
    ),
    "secret open to others": (_readable_secret, FILE, "mailbox.password_file"),
    "secret in the file": (changed(mailbox__password="x"), FILE, "mailbox.password"),
    "other database": (changed(database="mysql://x/y"), FILE, "database"),
    "no such round": (
        changed(round="ke-hoach-1914"),
        FILE,
        "round: không có ke-hoach-1914",
    ),
    "not YAML": (_no_yaml, FILE, "dòng"),
    "no file": (_no_file, FILE, "(file)"),
    "address of two provinces": (
        _senders("so@a.vn,01,A,", "so@a.vn,02,B,"),
        "senders.csv",
        "so@a.vn",
    ),
    "our own address as a sender": (_senders(f"{OURS},01,A,"), "senders.csv", OURS),
    "no such province": (_senders("so@a.vn,99,A,"), "senders.csv", "99"),
    "no authority": (changed(mailbox__ca_file="no.pem"), FILE, "mailbox.ca_file"),
    "authority that is none": (
        changed(smtp__ca_file="config/password"),
        FILE,
        "smtp.ca_file",
    ),
    "password in the clear": (
        changed(mailbox__security="none", mailbox__host="mx.example.test"),
        FILE,
        "mailbox.security",
    ),
    "slip in a form": (_broken_form, "PL03.yaml", "aggregate"),
}


@pytest.fixture
def program(installed: Install, tmp_path: Path) -> Installation:
    return installed(tmp_path / "installation")


COMMANDS = ("once", "doctor", "ingest")
# every case with one of the commands by turns, the first of each kind with all of them
TRIED = [
    *((case, COMMANDS[turn % 3]) for turn, case in enumerate(CASES)),
    *((case, command) for case in ("no file", "no such round") for command in COMMANDS),
]


@pytest.mark.fault("F-S0-1")
@pytest.mark.parametrize(("case", "command"), sorted(set(TRIED)))
def test_it_stops_and_names_file_and_key(
    case: str, command: str, program: Installation, tmp_path: Path
) -> None:
    spoil, file, key = CASES[case]
    spoil(program)
    assert_stopped(program.run(*_words(command, tmp_path)), file, key)
    assert not program.data.exists(), "nothing was begun"


def _words(command: str, folder: Path) -> list[str]:
    mail = folder / "thu.eml"
    mail.write_bytes(letter(recipient=OURS))
    return [command, str(mail)] if command == "ingest" else [command]


def assert_stopped(said: Said, file: str, key: str) -> None:
    assert said.code == 78, said
    assert file in said.err
    assert key in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_variable_of_the_environment_is_named(program: Installation) -> None:
    said = program.run("doctor", environment={"INGEST_MAILBOX_PROT": "993"})
    assert_stopped(said, "", "INGEST_MAILBOX_PROT")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"mailbox__password_file": None}, "mailbox.password_file"),
        ({"smtp__password_file": None}, "smtp.password_file"),
        ({"mailbox__folder_source": "nowhere"}, "mailbox.folder_source"),
    ],
)
def test_door_that_cannot_be_tried_is_told_by_once_and_doctor(
    changes: dict[str, object], key: str, program: Installation
) -> None:
    """What only the mail servers need stops `once`, and doctor reports it at its door."""
    program.change(**changes)
    assert_stopped(program.run("once"), FILE, key)
    said = program.run("doctor", "--json")
    assert said.code == 1
    door = "smtp" if key.startswith("smtp") else "imap"
    (finding,) = (found for found in said.documents if found["door"] == door)
    assert finding["ok"] is False
    assert key in finding["detail"]
    assert FILE in finding["detail"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("INGEST_ROUND", "bad"), ("INGEST_SMTP_PORT", "abc"), ("INGEST_WORKERS", "0")],
)
def test_a_bad_value_of_the_environment_is_told_of_its_variable(
    program: Installation, variable: str, value: str
) -> None:
    said = program.run("doctor", environment={variable: value})
    assert said.code == 78, said
    assert f"biến môi trường: {variable}: " in said.err
    assert ".yaml: " not in said.err
