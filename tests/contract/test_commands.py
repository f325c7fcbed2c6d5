"""Every command in one process, from a configuration file to its exit code."""

import io
import json
import logging
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.adapters.mail.folder_mailbox import FolderMailbox
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.cli import main
from pipeline.cli.doctor_machine import try_clock
from pipeline.cli.log_lines import JsonLines, TextLines
from pipeline.cli.main import Call
from pipeline.cli.talk import Bar, make_talk
from pipeline.demo.return_style import ReturnStyle
from pipeline.demo.sample_files import NamedFile
from pipeline.demo.story import Story
from pipeline.domain.errors import TransientError
from tests.builders import decisions as make
from tests.builders.mails import OURS, SENDER, figures, letter, narrative, workbooks
from tests.builders.workshop import digest_of
from tests.contract.test_systemd_socket import Manager
from tests.servers.ledgers import national_total

ROOT = Path(__file__).parents[2]
KEY = ("PL02", "vl.tong", "kh_n")
WRONG = workbooks(["PL02"], {**figures(), KEY: figures()[KEY] + 90})
CLEAN = letter((*workbooks(), narrative()))
BROKEN = letter(WRONG)
NAMELESS = workbooks(["PL01"], style=ReturnStyle(letterhead=False), name="a.xlsx")
NOBODY = letter(NAMELESS, sender="x@example.com", sender_name="", subject="x", text="x")


class Place:
    """A configuration in a folder of its own, and commands run on it."""

    def __init__(self, folder: Path, capsys) -> None:
        self.folder, self._capsys = folder, capsys
        self.mails = folder / "mails"
        self.mails.mkdir()
        (folder / "senders.csv").write_text(
            f"address,province_code,name,phone\n{SENDER},02,,\n"
        )
        self.configure("")

    def configure(self, more: str) -> None:
        """Write the configuration, with more lines at its end."""
        (self.folder / "daemon.yaml").write_text(
            f"mailbox: {{folder_source: mails, addresses: [{OURS}]}}\n"
            f"smtp: {{username: null, port: 1, security: none}}\nworkers: 1\n{more}",
            encoding="utf-8",
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        """A command's exit code, stdout and stderr."""
        code = main(["--config", str(self.folder / "daemon.yaml"), *words])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *words: str) -> tuple[int, list]:
        """A command's exit code and the documents it printed."""
        code, out, _ = self.run(*words, "--json")
        return code, [json.loads(line) for line in out.splitlines()]

    def mail(self, name: str, raw: bytes) -> str:
        """A message on disk; its path."""
        path = self.folder / name
        path.write_bytes(raw)
        return str(path)


@contextmanager
def logging_as_before() -> Iterator[None]:
    """What a command changes of the log goes with it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    with logging_as_before():
        yield Place(tmp_path, capsys)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory) -> Path:
    """A folder that has taken in a clean return and one that a planner must see."""
    made = Place(tmp_path_factory.mktemp("taken-in"), None)
    mails = made.mail("a.eml", CLEAN), made.mail("b.eml", NOBODY)
    with logging_as_before():
        main(["--config", str(made.folder / "daemon.yaml"), "ingest", *mails])
    return made.folder


@pytest.fixture
def filled(place, taken_in) -> Place:
    """A place of the test's own, in which those two were taken in."""
    shutil.copytree(taken_in, place.folder, dirs_exist_ok=True)
    return place


# Usage and configuration.


@pytest.mark.parametrize(
    "words", [["explain"], ["backup"], ["ingest"], ["show"], ["--no-such"], ["assign", "1"]]
)
def test_a_wrong_command_line_ends_with_2(words) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("databse: x\n", "databse"),
        ("policy: {replies: maybe}\n", "policy.replies"),
        ("policy: {approve_first: -1}\n", "policy.approve_first"),
        ("round: no-such-round\n", "round"),
        ("log: [\n", "line"),
    ],
)
def test_a_wrong_configuration_ends_with_78_and_names_file_and_key(
    place, line, key
) -> None:
    place.configure(line)
    code, out, err = place.run("status")
    assert (code, out) == (78, "")
    assert "Wrong configuration" in err
    assert key in err


def test_a_configuration_that_is_not_there_ends_with_78(place) -> None:
    code = main(["--config", str(place.folder / "no.yaml"), "status"])
    assert code == 78


def test_without_a_file_the_daemon_does_not_start(place, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("pipeline.settings.load.CHECKOUT", tmp_path / "elsewhere")
    monkeypatch.delenv("INGEST_MAILBOX_HOST", raising=False)
    assert main(["once"]) == 78


def test_a_language_may_be_asked_for_anywhere(place) -> None:
    place.configure("x: 1\n")
    for words in (["--lang", "vi", "status"], ["status", "--lang=vi"]):
        assert "Cấu hình sai" in place.run(*words)[2]
    assert "Wrong configuration" in place.run("status", "--lang", "en")[2]


# Taking mail in.


def test_ingest_shows_the_outcome_and_leaves_no_trace_when_dry(place) -> None:
    path = place.mail("a.eml", CLEAN)
    code, (document,) = place.json("ingest", "-n", path)
    assert code == 0
    assert document["verdict"] == "accepted"
    assert document["digest"] == digest_of(CLEAN)
    assert not (place.folder / "data" / "ingest.db").exists()
    assert place.json("log") == (0, [])


def test_later_files_see_earlier_ones_of_the_same_call_even_when_dry(place) -> None:
    again = letter((*workbooks(), narrative()), subject="Gửi lại")
    paths = [place.mail("a.eml", CLEAN), place.mail("b.eml", again)]
    code, documents = place.json("ingest", "-n", *paths)
    assert [d["state"] for d in documents] == ["filed", "duplicate"]
    assert code == 0


@pytest.mark.parametrize(
    ("raw", "code"),
    [(CLEAN, 0), (BROKEN, 1), (NOBODY, 1), (letter((), subject="Cảm ơn"), 0)],
    ids=["clean", "error", "held", "ignored"],
)
def test_ingest_ends_with_1_when_a_person_must_look(place, raw, code) -> None:
    assert place.run("ingest", "-n", place.mail("a.eml", raw))[0] == code


def test_ingest_takes_the_time_of_receipt_from_the_option_when_the_mail_has_none(
    place,
) -> None:
    bare = CLEAN.split(b"Return-Path", 1)[1].split(b"From:", 1)[1]
    path = place.mail("a.eml", b"From:" + bare)
    _, (document,) = place.json("ingest", "-n", path, "--received-at", "2013-07-11T08:00")
    assert document["received_at"] == "2013-07-11T08:00:00+07:00"
    assert document["late"] is False
    _, (unknown,) = place.json("ingest", "-n", path)
    assert unknown["late"] is None


def test_a_time_or_a_file_that_is_none_is_told(place) -> None:
    assert place.run("ingest", "no.eml")[0] == 1
    path = place.mail("a.eml", CLEAN)
    code, _, err = place.run("ingest", path, "--received-at", "yesterday")
    assert code == 1
    assert "yesterday" in err


def test_ingest_tells_a_person_what_stands_in_the_way(place) -> None:
    code, out, _ = place.run("ingest", place.mail("a.eml", BROKEN))
    assert code == 1
    assert "total-mismatch" in out
    assert "deficiency → " + SENDER in out
    _, silent, _ = place.run("ingest", place.mail("b.eml", NOBODY))
    assert "No letter." in silent
    assert "not sent: sender not known well enough (N13)" in silent


def test_many_findings_are_cut_short_on_the_screen(place) -> None:
    blank = NamedFile("PL.xlsx", workbooks(["PL05"])[0].data)
    holes = {key: value for key, value in figures().items() if key[2] == "th_n2"}
    path = place.mail("a.eml", letter((*workbooks(["PL05", "PL02"], holes), blank)))
    _, out, _ = place.run("ingest", "-n", path)
    assert "Findings (" in out


def test_once_collects_processes_and_says_so(place) -> None:
    (place.mails / "a.eml").write_bytes(CLEAN)
    assert place.json("once", "-n") == (0, [{"new": 1}])
    place.configure("policy: {replies: off}\n")
    code, (report,) = place.json("once")
    assert code == 0
    assert report == {
        "collected": 1,
        "processed": 1,
        "sent": 0,
        "waiting": 0,
        "trouble": None,
    }
    code, out, _ = place.run("once")
    assert (code, out.startswith("0 messages taken in")) == (0, True)
    assert "0 new messages" in place.run("once", "-n")[1]


def test_once_dry_touches_neither_the_lead_nor_what_the_dead_had_in_hand(
    place, postgres
) -> None:
    url = postgres.migrated()
    place.configure(f"database: {url}\n")
    (place.mails / "a.eml").write_bytes(CLEAN)
    theirs = SqlLedger(url)
    theirs.arrive(make.arrival("other"))
    assert theirs.claim("dead:1:0", make.at(0), 60)
    assert place.json("once", "-n") == (0, [{"new": 1}])
    assert theirs.claimants() == {"dead:1:0"}
    assert not (place.folder / "data" / "leader").exists()
    assert theirs.leads()
    assert place.json("once", "-n") == (
        0,
        [{"new": 1}],
    )  # beside a leader of another folder
    theirs.close()


def test_once_ends_with_75_when_a_server_is_away_or_a_daemon_runs(place) -> None:
    (place.mails / "a.eml").write_bytes(CLEAN)
    code, (report,) = place.json("once")
    assert code == 75
    assert report["trouble"]
    assert report["processed"] == 1
    from pipeline.cli.lock import only_one
    from pipeline.settings import load_settings

    with only_one(load_settings(place.folder / "daemon.yaml", {})):
        assert place.run("once")[0] == 75


@pytest.mark.fault("F-S0-3")
def test_run_as_root_is_refused_without_the_word(place, monkeypatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    code, _, err = place.run("run")
    assert code == 2
    assert "--allow-root" in err


@pytest.mark.fault("F-S0-9")
def test_a_data_folder_that_cannot_be_made_is_a_fault_of_the_configuration(place) -> None:
    (place.folder / "plain").write_text("")
    place.configure("data_dir: plain/data\n")
    assert place.run("once")[0] == 78


# Looking.


def test_status_shows_provinces_and_forms(filled) -> None:
    code, out, _ = filled.run("status")
    assert code == 0
    assert "Hà Giang" in out
    assert "1 units complete; forms: 9 accepted" in out
    _, rows = filled.json("status", "--province", "Hà Giang", "--form", "PL03")
    assert [(r["province_code"], r["form_id"], r["state"]) for r in rows] == [
        ("02", "PL03", "accepted")
    ]
    _, rows = filled.json("status", "--state", "accepted")
    assert len(rows) == 9
    assert filled.run("status", "--round", "khac")[0] == 1
    assert filled.run("status", "--province", "Atlantis")[0] == 1


def test_log_lists_and_filters(filled) -> None:
    code, out, _ = filled.run("log")
    assert code == 0
    assert out.splitlines()[0].split()[:2] == ["no", "received"]
    _, rows = filled.json("log", "--province", "02")
    assert [row["state"] for row in rows] == ["filed"]
    _, rows = filled.json("log", "--state", "held", "--limit", "5")
    assert [row["reason"] for row in rows] == ["identity-none"]
    assert filled.run("log", "--since", "soon")[0] == 1


def test_show_finds_a_message_by_number_and_by_digest(filled) -> None:
    code, (document,) = filled.json("show", "1")
    assert code == 0
    assert document["forms_missing"] == []
    assert filled.json("show", digest_of(CLEAN)[:8])[1] == [document]
    _, out, _ = filled.run("show", "1", "--rows")
    assert "Forms read:" in out
    assert "th.viec_lam" in out
    assert filled.run("show", "99")[0] == 1


# Deciding.


def test_a_planner_assigns_holds_and_releases(filled) -> None:
    why = ("--why", "phoned", "--by", "an")
    code, (document,) = filled.json("assign", "2", "Cao Bằng", *why, "-n")
    assert (code, document["province"]) == (0, "04")
    assert filled.json("show", "2")[1][0]["province"] is None
    code, (document,) = filled.json("assign", "2", "04", *why)
    assert (document["state"], document["province"]) == ("filed", "04")
    _, out, _ = filled.run("hold", "2", *why)
    assert "held: a planner holds it (by-planner)" in out
    assert filled.json("release", "2", *why)[1][0]["state"] == "filed"
    assert filled.run("assign", "2", "nowhere", *why)[0] == 1
    assert filled.run("hold", "77", "--why", "x")[0] == 1


def test_reprocess_shows_the_difference_first(filled) -> None:
    assert filled.run("reprocess")[0] == 2
    assert filled.run("reprocess", "1", "--all")[0] == 2
    code, (report,) = filled.json("reprocess", "--all", "-n")
    assert (code, report) == (0, {"messages": 2, "changes": [], "quarantined": []})
    filled.run("assign", "2", "04", "--why", "phoned")
    code, out, _ = filled.run("reprocess", "2", "--why", "again")
    assert (code, "1 messages read again; 0 figures" in out) == (0, True)
    assert filled.json("reprocess", "--since", "2013-07-01")[1][0]["messages"] == 2


def test_reprocess_says_what_it_could_not_read(filled) -> None:
    """Damaged bytes take nothing from the totals, and nobody is told that all went well."""
    before = filled.json("explain", *KEY)[1][0]["value"]
    (file,) = (filled.folder / "data" / "archive").rglob(f"{digest_of(CLEAN)}*.eml")
    file.chmod(0o600)
    file.write_bytes(b"changed")
    code, (report,) = filled.json("reprocess", "--all", "-n")
    assert (code, report["quarantined"], report["changes"]) == (1, [1], [])
    code, out, _ = filled.run("reprocess", "1")
    assert (code, "Messages 1 could not be read again" in out) == (1, True)
    assert filled.json("explain", *KEY)[1][0]["value"] == before
    file.write_bytes(CLEAN)
    assert filled.json("reprocess", "1") == (
        0,
        [{"messages": 1, "changes": [], "quarantined": []}],
    )


def test_a_lost_database_is_built_again_from_the_archive(filled) -> None:
    _, before = filled.json("show", "1")
    for file in (filled.folder / "data").glob("ingest.db*"):
        file.unlink()
    _, (report,) = filled.json("reprocess", "--all")
    assert report["messages"] == 2
    assert len(report["changes"]) > 600
    assert filled.json("show", digest_of(CLEAN)[:8])[1][0]["rows"] == before[0]["rows"]
    for file in (filled.folder / "data").glob("ingest.db*"):
        file.unlink()
    _, out, _ = filled.run("reprocess", "--all")
    assert "th.viec_lam" in out


# The night, the round's definitions, the doors.


def test_targets_are_listed_for_people_and_machines(filled) -> None:
    code, points = filled.json("targets")
    assert code == 0
    jobs = points[0]
    assert jobs["province"] is None
    assert (jobs["form"], jobs["indicator"]) == ("PL01", "th.viec_lam")
    assert (jobs["target"], jobs["target_year"]) == ("1600000", 2013)
    assert jobs["target_how"] == "given"
    assert (jobs["standing"], jobs["reported"], jobs["expected"]) == ("incomplete", 1, 63)
    assert {each["province"] for each in points} == {None, "54"}
    _, own = filled.json("targets", "--province", "Phú Yên")
    assert {each["standing"] for each in own} == {"unknown"}
    code, out, _ = filled.run("targets")
    assert code == 0
    assert "units are missing" in out
    _, told, _ = filled.run("targets", "--province", "Cao Bằng")
    assert "five_year.csv" in told
    assert not (filled.folder / "data" / "exports").exists()


def test_a_wrong_target_stops_with_its_line(place) -> None:
    folder = place.folder / "rounds" / "ke-hoach-2014"
    shutil.copytree(ROOT / "config" / "rounds" / "ke-hoach-2014", folder)
    with (folder / "five_year.csv").open("a", encoding="utf-8") as file:
        file.write("PL01,th.none,2015,,1,up,x\n")
    code, _, err = place.run("forms", "check")
    assert code == 78
    assert "five_year.csv" in err
    assert "line 20, row" in err


def test_consolidate_writes_the_national_tables(filled) -> None:
    out = filled.folder / "tables"
    code, (report,) = filled.json("consolidate", "--out", str(out))
    assert report["as_of"].endswith("+07:00")
    assert code == 0
    assert (report["reported"], report["expected"]) == (1, 63)
    assert report["five_year"]["targets"] == 18
    assert report["five_year"]["unknown"] == 10  # those of a province that sent nothing
    assert list(out.rglob("*.xlsx"))
    assert filled.run("consolidate", "-n", "--as-of", "2013-07-09")[0] == 0
    assert filled.run("consolidate", "--round", "khac")[0] == 1


@pytest.mark.fault("F-S0-10")
def test_audit_balances_until_bytes_are_lost(filled) -> None:
    code, (report,) = filled.json("audit")
    assert (code, report["balanced"], report["messages"]) == (0, True, 2)
    assert "everything agrees" in filled.run("audit")[1]
    (filled.mails / "new.eml").write_bytes(BROKEN)
    (file,) = (filled.folder / "data" / "archive").rglob(f"{digest_of(CLEAN)}*.eml")
    file.unlink()
    code, out, _ = filled.run("audit")
    assert code == 1
    assert "is not whole in the archive" in out


@pytest.mark.fault("F-DB-10")
def test_audit_names_a_message_whose_figures_are_packed_otherwise(filled) -> None:
    file = filled.folder / "data" / "ingest.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE packed_figures SET decimals = decimals + 1")
    code, out, _ = filled.run("audit")
    assert code == 1
    assert "Message 1 has packed figures that are not those of its rows" in out
    _, (report,) = filled.json("audit")
    assert {problem["what"] for problem in report["problems"]} == {"packed"}
    filled.run("reprocess", "--all", "--why", "packed otherwise", "--by", "Lan")
    assert filled.run("audit")[0] == 0


def test_a_planner_accepts_a_faulty_form_and_takes_it_back(place) -> None:
    place.run("ingest", place.mail("a.eml", BROKEN))
    why = ("--why", "checked by telephone", "--by", "Lan")
    (tried,) = place.json("accept", "1", "-n", *why)[1]
    (before,) = place.json("show", "1")[1]
    assert (tried["verdict"], before["verdict"]) == ("incomplete", "deficient")

    (taken,) = place.json("accept", "1", "--form", "PL02", *why)[1]
    assert taken["forms"][0]["state"] == "accepted"
    faults = [f for f in taken["findings"] if f["severity"] == "error"]
    assert {fault["state"] for fault in faults} == {"waived"}
    assert taken["reply"]["template"] == "incomplete"

    (undone,) = place.json("accept", "1", "--withdraw", *why)[1]
    assert (undone["verdict"], undone["forms"][0]["state"]) == ("deficient", "deficient")
    code, _, said = place.run("accept", "1", "--withdraw", *why)
    assert (code, "no form of it was accepted" in said) == (1, True)
    code, _, said = place.run("accept", "1", "--form", "PL05", *why)
    assert (code, "no readable PL05" in said) == (1, True)


def test_show_tells_what_a_resend_changed(place) -> None:
    place.run("ingest", place.mail("a.eml", letter(workbooks(["PL02"]))))
    assert place.json("show", "1", "--diff")[1][0]["diff"] == []
    place.run("ingest", place.mail("b.eml", BROKEN))
    (shown,) = place.json("show", "2", "--diff")[1]
    (change,) = [c for c in shown["diff"] if c["column"] == "kh_n"]
    assert (change["form"], change["indicator"]) == KEY[:2]
    assert int(change["after"]) - int(change["before"]) == 90
    assert "vl.tong" in place.run("show", "2", "--diff")[1]


def test_a_planner_speaks_of_rules(place) -> None:
    place.run("ingest", place.mail("a.eml", BROKEN))
    (row, *_) = place.json("forms", "rules")[1]
    assert (row["failing"], row["seen"], row["held"], row["word"]) == (1, 1, False, None)
    assert row["letters"] == [1]
    assert place.json("forms", "hold", row["rule"], "--why", "ours", "-n")[0] == 0
    assert place.run("forms", "hold", row["rule"], "--why", "ours")[0] == 0
    assert any(r["held"] for r in place.json("forms", "rules")[1])
    assert "✓" in place.run("forms", "rules")[1]
    place.run("reprocess", "1")
    (shown,) = place.json("show", "1")[1]
    form, _, rule = row["rule"].partition("/")
    states = {
        f["state"] for f in shown["findings"] if (f["form"], f["rule"]) == (form, rule)
    }
    assert states == {"blocked"}
    (kept,) = place.json("forms", "keep", row["rule"], "--why", "right")[1]
    assert kept == {"rule": row["rule"], "word": "kept"}
    for words in (["forms", "keep", "R.7", "--why", "x"], ["forms", "keep", row["rule"]]):
        assert place.run(*words)[0] == 1


def test_a_planner_rules_on_what_a_province_explains(place) -> None:
    wrong = {**figures(), KEY: figures()[KEY] + 90}
    words = "GT PL02.2: tính cả lao động tự tạo việc làm"
    place.run("ingest", place.mail("a.eml", letter(workbooks(["PL02"], wrong), text=words)))
    (item,) = place.json("explanations", "list")[1]
    assert (item["state"], item["waits"], item["about"]) == (
        *("proposed", True, "PL02/PL02.2"),
    )
    number = str(item["id"])
    assert words[12:] in place.run("explanations", "list", "--province", "02")[1]
    assert place.json("explanations", "list", "--province", "01")[1] == []
    assert place.run("explanations", "accept", number, "--why", "x", "-n")[0] == 0
    assert place.json("explanations", "list")[1] == [item]
    (shown,) = place.json("explanations", "accept", number, "--why", "đúng")[1]
    assert {f["state"] for f in shown["findings"] if f["rule"] == "PL02.2"} == {"waived"}
    assert place.json("explanations", "list")[1] == []
    (ruled,) = place.json("explanations", "list", "--all")[1]
    assert (ruled["id"], ruled["state"]) == (item["id"], "accepted")
    assert number in place.run("show", "1")[1]
    assert place.run("explanations", "refuse", "99", "--why", "x")[0] == 1


def test_a_planner_waives_a_finding_until_its_values_change(place) -> None:
    place.run("ingest", place.mail("a.eml", BROKEN))
    (before,) = place.json("show", "1")[1]
    errors = [f for f in before["findings"] if f["severity"] == "error"]
    for number, fault in enumerate(errors):
        (shown,) = place.json("show", "1")[1]
        ids = [f["id"] for f in shown["findings"] if f["severity"] == "error"]
        (waived,) = place.json("waive", str(ids[number]), "--why", "rounded")[1]
        assert fault["code"] == waived["findings"][0]["code"]
    assert waived["verdict"] == "incomplete"

    (again,) = place.json("reprocess", "1")[1]
    assert again["messages"] == 1
    (still,) = place.json("show", "1")[1]
    assert still["verdict"] == "incomplete"
    other = letter(workbooks(["PL02"], {**figures(), KEY: figures()[KEY] + 91}))
    code, (changed,) = place.json("ingest", place.mail("b.eml", other))
    assert (code, changed["verdict"]) == (1, "deficient")

    waivable = str(still["findings"][0]["id"])
    (undone,) = place.json("waive", waivable, "--withdraw", "--why", "no")[1]
    assert undone["verdict"] == "deficient"


@pytest.mark.parametrize(
    ("number", "said"), [("none", "no such finding"), ("99999", "no such finding")]
)
def test_only_a_finding_that_is_there_can_be_waived(filled, number, said) -> None:
    code, _, answer = filled.run("waive", number, "--why", "x")
    assert (code, said in answer) == (1, True)


def test_only_a_finding_on_a_form_can_be_waived(place) -> None:
    place.run("ingest", place.mail("a.eml", letter(workbooks(["PL01"]))))
    (shown,) = place.json("show", "1")[1]
    (missing, *_) = (f["id"] for f in shown["findings"] if f["code"] == "form-missing")
    code, _, said = place.run("waive", str(missing), "--why", "x")
    assert (code, "is not on a form that came" in said) == (1, True)


def test_a_deadline_is_extended_for_what_came_and_for_what_comes(place) -> None:
    late = ("--received-at", "2013-07-20T09:00:00+07:00")
    raw = b"From:" + CLEAN.split(b"Return-Path", 1)[1].split(b"From:", 1)[1]
    assert place.json("ingest", place.mail("a.eml", raw), *late)[1][0]["late"] is True
    code, (answer,) = place.json("extend", "Hà Giang", "2013-07-20", "--why", "flood")
    assert (code, answer["due"]) == (0, "2013-07-20T23:59:59+07:00")
    assert answer["messages"] == [{"id": 1, "late": False}]
    assert place.json("status", "--province", "02", "--form", "PL01")[1][0]["late"] == 0

    (back,) = place.json("extend", "02", "none", "--why", "mistake")[1]
    assert (back["extended"], back["messages"][0]["late"]) == (False, True)
    code, _, said = place.run("extend", "02", "soon", "--why", "x")
    assert (code, "not a date" in said) == (1, True)
    for mistyped in ("9999-12-31", "0013-07-20", "2013-06-01"):
        code, _, said = place.run("extend", "02", mistyped, "--why", "x")
        assert (code, "no deadline of a round" in said) == (1, True)


def test_a_backup_is_made_tried_and_put_back(filled, tmp_path) -> None:
    vault, data = tmp_path / "vault", filled.folder / "data"
    (kept,) = filled.json("backup", str(vault))[1]
    assert (kept["messages"], kept["archive_files"]) == (2, 4)
    assert "Backed up to" in filled.run("backup", str(tmp_path / "other"))[1]

    file = next((data / "archive").glob("??/*.eml"))
    (data / "ingest.db").unlink()
    file.unlink()
    (would,) = filled.json("restore", "-n", str(vault))[1]
    assert (would["before"], would["changed"], would["archive_missing"]) == (None, False, 1)
    code, said, _ = filled.run("restore", str(vault))
    assert (code, file.exists()) == (0, True)
    assert re.search(r"messages +- +2\n", said)
    assert len(filled.json("log")[1]) == 2

    file.unlink()
    (vault / "archive" / file.parent.name / file.name).unlink()
    code, said, _ = filled.run("restore", kept["folder"])
    assert (code, file.name in said) == (1, True)


def test_audit_does_without_a_mailbox_that_cannot_be_asked(filled, monkeypatch) -> None:
    server = f"mailbox: {{port: 1, security: none, addresses: [{OURS}]}}\n"
    (filled.folder / "daemon.yaml").write_text(server)
    assert "everything agrees" in filled.run("audit")[1]
    monkeypatch.setenv("INGEST_MAILBOX_PASSWORD", "x")
    code, out, err = filled.run("audit")
    assert (code, "everything agrees" in out) == (0, True)
    assert "try later" in err


def test_forms_are_checked_written_and_begun(place) -> None:
    assert place.run("forms", "check")[0] == 0
    out = place.folder / "blank"
    code, (said,) = place.json("forms", "template", "--out", str(out), "-n")
    assert (code, said["forms"], out.exists()) == (0, 9, False)
    place.run("forms", "template", "--out", str(out))
    (blank,) = out.glob("*.xlsx")
    begun = place.folder / "begun"
    assert place.run("forms", "import", str(blank), "--out", str(begun), "-n")[0] == 0
    assert not begun.exists()
    code, names = place.json("forms", "import", str(blank), "--out", str(begun))
    assert (code, len(names)) == (0, len(list(begun.glob("*.yaml"))))
    assert place.run("forms", "import")[0] == 2
    assert place.run("forms", "import", "no.xlsx", "--out", str(begun))[0] == 1
    (place.folder / "plain").write_text("")
    assert (
        place.run("forms", "template", "--out", str(place.folder / "plain" / "x"))[0] == 1
    )


def test_forms_check_names_every_mistake(place) -> None:
    own = place.folder / "rounds" / "ke-hoach-2014"
    shutil.copytree(ROOT / "config" / "rounds" / "ke-hoach-2014", own)
    file = own / "PL01.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("th.xkld", "th.nowhere", 1), encoding="utf-8")
    code, problems = place.json("forms", "check")
    assert code == 1
    assert {problem["file"] for problem in problems} == {"ke-hoach-2014/PL01.yaml"}
    assert "PL01 has no row th.xkld" in place.run("forms", "check")[1]
    _, reports = place.json("doctor")
    assert {r["door"] for r in reports if not r["ok"]} >= {"rounds", "templates"}
    code, _, err = place.run("ingest", "-n", place.mail("a.eml", CLEAN))
    assert (code, "PL01.yaml: rules.PL01.1.part" in err) == (78, True)


def test_doctor_tries_every_door_and_says_what_to_do(filled) -> None:
    code, reports = filled.json("doctor")
    assert code == 1
    by_door = {report["door"]: report for report in reports}
    assert {door for door, r in by_door.items() if not r["ok"]} == {"smtp"}
    assert by_door["smtp"]["advice"]
    filled.configure("policy: {replies: off}\n")
    filled.run("once")
    code, out, _ = filled.run("doctor")
    assert code == 0
    assert "Last run: collect" in out


def test_doctor_says_what_is_wrong_with_a_database_and_a_mailbox(place) -> None:
    place.mails.rmdir()
    place.configure("database: postgresql+psycopg://nobody@127.0.0.1:1/x\n")
    code, reports = place.json("doctor")
    assert code == 1
    assert {r["door"] for r in reports if not r["ok"]} >= {"database", "imap", "smtp"}


def test_the_daemon_works_until_it_is_told_to_stop(place, monkeypatch) -> None:
    place.configure("policy: {replies: off}\nlog: {level: ERROR}\n")
    (place.mails / "a.eml").write_bytes(CLEAN)
    kept = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    wait = FolderMailbox.wait
    manager = Manager(str(place.folder / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(place.folder / "notify"))

    words: list[str] = []

    def told(mailbox: FolderMailbox, seconds: float) -> bool:
        words.extend(manager.heard())  # a socket holds ten words that nobody reads
        signal.raise_signal(signal.SIGTERM)
        return wait(mailbox, seconds)

    monkeypatch.setattr(FolderMailbox, "wait", told)
    try:
        assert place.run("run", "--allow-root")[0] == 0
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    words += manager.heard()
    manager.line.close()
    assert (words[0], words[-1]) == ("READY=1", "STOPPING=1")
    assert set(words[1:-1]) == {"WATCHDOG=1"}
    _, rows = place.json("log")
    assert [row["state"] for row in rows] == ["filed"]


def test_an_interrupted_command_ends_with_130(place, monkeypatch) -> None:
    def interrupted(*words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.cli.status.open_ledger", interrupted)
    assert place.run("status")[0] == 130


def test_a_reader_that_goes_away_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, str(ROOT / "run_daemon.py"), "forms", "check"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        words, stdout=writing, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def story(**changes) -> Story:
    told = Story(
        collected=5,
        sent=3,
        messages=5,
        states={"filed": 4, "ignored": 1},
        verdicts={"accepted": 4},
        letters={"acknowledgement": 3},
        provinces=4,
        complete=3,
        figures=12345,
        totals=(national_total("14708"), replace(national_total("1"), value=None)),
        workbook=None,
        letters_folder=Path("letters"),
        database=Path("ingest.db"),
    )
    return replace(told, **changes)


def test_the_demo_is_told_in_a_few_lines(place, monkeypatch) -> None:
    played = []

    def play(folder, seed, progress):
        progress("demo.writing", 1, 1)
        played.append((folder, seed))
        return story(collected=5 if len(played) == 1 else 0)

    monkeypatch.setattr("pipeline.cli.demonstration.tell_story", play)
    folder = place.folder / "demo"
    code, out, _ = place.run("demo", "--exit", "--data", str(folder), "--seed", "7")
    assert (code, played) == (0, [(folder, 7)])
    assert "5 new messages came, 3 letters went out." in out
    assert "Tổng số lao động được tạo việc làm: 14.708 Người (40/63 units)" in out
    assert "12.345 figures count" in out
    assert "Nothing new" in place.run("demo", "--data", str(folder))[1]


@pytest.mark.fault("T-26")
def test_doctor_tells_when_others_may_read_the_data(filled) -> None:
    def access() -> dict[str, object]:
        return next(r for r in filled.json("doctor")[1] if r["door"] == "private")

    data = filled.folder / "data"
    assert (access()["ok"], data.stat().st_mode & 0o777) == (True, 0o700)
    data.chmod(0o750)
    told = access()
    assert (told["ok"], "mode 750" in told["detail"]) == (False, True)
    assert "chmod 700" in told["advice"]


def test_doctor_looks_at_the_disk_and_the_clock(place, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.cli.doctor.ENOUGH_DISK", 1 << 62)
    _, reports = place.json("doctor")
    assert [r["ok"] for r in reports if r["door"] == "disk"] == [False]
    arguments = Namespace(config=str(place.folder / "daemon.yaml"))
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    call = Call(arguments, make_talk("en", machine=False), {}, lambda: long_ago)
    with pytest.raises(TransientError, match="before the round's letter"):
        try_clock(call)


# How commands speak.


def test_a_table_is_aligned_and_safe_for_a_terminal(capsys) -> None:
    talk = make_talk("en", machine=False)
    talk.table(
        ("id", "province", "odd"), [(1, "Hà Giang", None), ("22", "a\x1b[31mb", "x")]
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["no", "code", "odd"]
    assert {
        line.index(word) for line, word in zip(lines, ("code", "Hà", "a"), strict=True)
    } == {4}
    assert "\x1b" not in "".join(lines)
    assert not any(line.endswith(" ") for line in lines)


def test_an_empty_table_is_its_header(capsys) -> None:
    make_talk("vi", machine=False).table(("id", "sender"), [])
    assert capsys.readouterr().out == "số  người gửi\n"


def test_to_a_machine_only_documents_are_told(capsys) -> None:
    talk = make_talk("en", machine=True)
    talk.tell("audit.good", messages=1)
    talk.document({"tỉnh": "Hà Giang"})
    talk.say("show.no_letter")
    said = capsys.readouterr()
    assert (said.out, said.err) == ('{"tỉnh": "Hà Giang"}\n', "No letter.\n")


@pytest.mark.fault("T-17")
def test_what_a_terminal_cannot_show_is_shown_as_an_escape(monkeypatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    make_talk("vi", machine=False).document({"name": "Hà \ud83d"})
    sys.stdout.flush()
    assert json.loads(raw.getvalue().replace(b"\\xe0", b"\\u00e0")) == {"name": "Hà \ud83d"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("colour", [True, False])
def test_a_bar_is_drawn_on_a_terminal_only(colour, monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    talk = replace(make_talk("en", machine=False), aside=Terminal())
    bar = Bar(talk, "reprocess.bar", 2)
    bar(1)
    bar(2)
    drawn = talk.aside.getvalue()
    assert drawn.endswith("2/2\n") is colour
    assert ("1/2" in drawn) is colour


def record(message: str, error: Exception | None = None) -> logging.LogRecord:
    caught = (type(error), error, None) if error else None
    return logging.LogRecord("khtc.x", logging.WARNING, "f", 1, message, (), caught)


@pytest.mark.fault("T-29")
def test_a_log_line_cannot_be_forged() -> None:
    text = TextLines().format(record("subject: a\nERROR khtc: b\x1b[2J"))
    assert len(text.splitlines()) == 1
    assert "warning khtc.x: subject: a" in text
    assert "\x1b" not in text
    assert "ValueError: x" in TextLines().format(record("m", ValueError("x")))


@pytest.mark.fault("T-29")
def test_a_log_line_may_be_json() -> None:
    line = json.loads(JsonLines().format(record("thư số 1")))
    assert (line["level"], line["part"], line["message"]) == (
        "WARNING",
        "khtc.x",
        "thư số 1",
    )
    assert line["at"].endswith("+00:00")
    assert "traceback" in json.loads(JsonLines().format(record("m", ValueError("x"))))


def test_a_decision_says_why_and_by_whom_in_words(filled, capsys) -> None:
    for words in (("--why", ""), ("--why", " "), ("--why", "x", "--by", " ")):
        with pytest.raises(SystemExit) as left:
            filled.run("hold", "2", *words)
        assert left.value.code == 2
        assert "must not be empty" in capsys.readouterr().err


def test_the_configuration_may_stand_after_the_command(filled, capsys) -> None:
    configuration = str(filled.folder / "daemon.yaml")
    assert main(["show", "1", "--json", "--config", configuration]) == 0
    after = capsys.readouterr().out
    assert main(["--config", configuration, "show", "1", "--json"]) == 0
    assert capsys.readouterr().out == after


def test_what_cannot_be_filtered_by_is_refused(filled) -> None:
    """An empty table would say that nothing is there."""
    code, _, said = filled.run("status", "--form", "PL10")
    assert (code, "PL09" in said) == (1, True)
    assert len(filled.json("status", "--form", "pl01", "--province", "2")[1]) == 1
    with pytest.raises(SystemExit) as left:
        filled.run("log", "--state", "lost")
    assert left.value.code == 2


def test_a_rehearsal_of_a_backup_a_preview_and_an_account_writes_nothing(filled) -> None:
    before = sorted(filled.folder.rglob("*"))
    keep = str(filled.folder / "backups")
    code, (backup,) = filled.json("backup", keep, "-n")
    assert (code, backup["messages"], backup["made_at"]) == (0, 2, None)
    letters = filled.json("letters", "preview", str(filled.folder / "letters"), "-n")
    assert letters[1][0]["files"].count("acknowledgement.txt") == 1
    user = filled.json("console", "user", "add", "Lan", "--role", "planner", "-n")
    assert user == (0, [{"name": "lan", "role": "planner", "new": True}])
    assert sorted(filled.folder.rglob("*")) == before
    assert backup["archive_files"] == len(
        [file for file in (filled.folder / "data/archive").rglob("*") if file.is_file()]
    )
    filled.run("backup", keep)
    assert filled.json("backup", keep, "-n")[1][0]["archive_files"] == 0
    for phrase in ("backup", keep), ("letters", "preview", keep):
        assert filled.run(*phrase, "-n")[1].startswith("Would ")


def test_what_cannot_be_done_is_told_in_the_language_of_the_talk(filled) -> None:
    told = {
        "vi": "Không làm được: 77: không có thư này; xem số ở `log`\n",
        "en": "Cannot be done: 77: no such message; `log` lists them\n",
    }
    for language, said in told.items():
        assert filled.run("show", "77", "--lang", language)[2] == said
    filled.configure("policy: {replies: loud}\n")
    wrong = filled.run("status", "--lang", "vi")[2]
    assert "policy.replies: 'loud' không thuộc các giá trị send, approve, off" in wrong


def test_help_and_wrong_words_are_told_in_the_language_of_the_talk(place, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        place.run("hold", "2", "--lang", "vi")
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("cách dùng: run_daemon.py hold ")
    assert said.endswith("run_daemon.py hold: sai cú pháp: còn thiếu --why\n")
    for language, words in (("vi", "xem hướng dẫn này"), ("en", "show this help")):
        with pytest.raises(SystemExit) as left:
            place.run("senders", "confirm", "--lang", language, "--help")
        shown = capsys.readouterr().out
        assert (left.value.code, words in shown) == (0, True)
        assert ("positional" in shown, "usage: run" in shown) == (False, language == "en")


def test_what_is_shown_is_in_the_language_of_the_talk(filled) -> None:
    shown = filled.run("show", "2", "--lang", "vi")[1]
    assert re.search(r"^a\.xlsx +xlsx +bảng tính$", shown, re.MULTILINE)
    assert re.search(r"^PL01 .* chấp nhận ", shown, re.MULTILINE)
    assert re.search(
        r"^\d+ +lưu ý +còn +Phụ lục chưa nhận được \(form-missing\) +PL02",
        shown,
        re.MULTILINE,
    )
    assert re.search(r"^a\.xlsx +xlsx +workbook$", filled.run("show", "2")[1], re.MULTILINE)
