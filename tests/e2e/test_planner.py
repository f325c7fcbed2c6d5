"""A planner at the command line: mail from disk, decisions on it, and what is shown."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.demo.sample_mails import SampleMail
from tests.e2e.conftest import Install
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import OURS, Installation, Said
from tests.e2e.world import files_of, tables_of, views_of

pytest_plugins = ["tests.servers.fixtures"]


def names(text: str) -> set[str]:
    return set(text.split())


WHY = ("--why", "said so by telephone", "--by", "Lan")
DOCUMENT = names(
    "digest kind state reason round province identity received_at late attachments forms"
    " forms_missing narrative scan rows findings verdict reply"
)
PARTS = {
    "identity": {"strength", "verified", "evidence"},
    "reply": {"template", "to", "also", "subject", "suppressed"},
    "attachments": {"path", "name", "type", "sha256", "role", "problem"},
    "forms": {"form", "path", "sheet", "state", "rows", "confidence"},
    "rows": names(
        "form indicator column value missing unit unit_written raw path sheet cell hidden"
        " encoding"
    ),
    "findings": names(
        "code severity state form indicator column path sheet cell found expected rule"
        " suspect"
    ),
}
LOG = names(
    "id digest received_at first_seen_at folder uidvalidity uid sender subject kind state"
    " reason round_id province_code verdict late rows errors queries reply_state"
    " replied_at"
)
COVERAGE = names(
    "round_id province_code form_id state verified late first_received_at first_clean_at"
    " versions"
)


@pytest.fixture
def program(installed: Install, tmp_path: Path) -> Installation:
    return installed(tmp_path / "installation", mailbox__addresses=[OURS])


def take(program: Installation, mail: SampleMail, *more: str) -> Said:
    """Ingest one mail as if it had come when it was sent."""
    path = program.folder / "thu.eml"
    path.write_bytes(mail.raw)
    at = mail.sent_at.isoformat()
    return program.run("ingest", "--json", "--received-at", at, *more, str(path))


def counting(program: Installation) -> list[tuple[Any, ...]]:
    names = ("province_code", "form_id", "indicator", "column_key", "value", "status")
    rows = program.rows("observations")
    return sorted(tuple(map(str, (row[name] for name in names))) for row in rows)


def events(program: Installation) -> list[tuple[str, str]]:
    return [
        (row["actor"], row["action"])
        for row in program.database.rows("SELECT actor, action FROM event ORDER BY number")
    ]


def test_planner_says_whose_mail_it_is(program: Installation, mailbag: Mailbag) -> None:
    """Held without a letter; assigned, it is filed and answered; who and why are kept."""
    (weak,) = mailbag.of("weak-identity")
    said = take(program, weak)
    assert said.code == 1
    held = said.document
    assert (held["state"], held["verdict"]) == ("held", "held")
    assert held["reason"] in ("identity-none", "identity-weak")
    assert counting(program) == []
    assert program.rows("outbox") == []

    digest = held["digest"][:10]
    code = str(weak.province)
    before = tables_of(program.database)
    tried = program.fine("assign", digest, code, *WHY, "--json", "-n").document
    assert tried["digest"] == held["digest"]
    assert tables_of(program.database) == before
    unknown = program.run("assign", digest, "Atlantis", *WHY)
    assert (unknown.code, "Atlantis" in unknown.err) == (1, True)
    assert program.run("assign", digest, code).code == 2, "a decision has a reason"

    filed = program.fine("assign", digest, code, *WHY, "--json").document
    assert (filed["state"], filed["province"]) == ("filed", code)
    assert filed["verdict"] == "accepted"
    assert filed["reply"]["template"] == "acknowledgement"
    assert filed["reply"]["suppressed"] is None
    assert {row[0] for row in counting(program)} == {code}
    (letter,) = program.rows("outbox")
    assert (letter["state"], letter["recipient"]) == ("queued", weak.sender)
    assert ("Lan", "assign") in events(program)
    assert program.fine("audit", "--json").document["balanced"] is True


def test_planner_holds_and_releases(program: Installation, mailbag: Mailbag) -> None:
    """What is held does not count; released, it counts as before; no letter twice."""
    (complete,) = mailbag.typical(1)
    assert take(program, complete).document["verdict"] == "accepted"
    figures = counting(program)
    held = program.fine("hold", "1", *WHY, "--json").document
    assert (held["state"], held["reason"]) == ("held", "by-planner")
    assert counting(program) == []
    missing = program.fine("status", "--json", "--state", "missing").documents
    assert len(missing) == 63 * 9

    released = program.fine("release", "1", *WHY, "--json").document
    assert (released["state"], released["verdict"]) == ("filed", "accepted")
    assert counting(program) == figures
    letters = [row["template"] for row in program.rows("outbox", "id")]
    assert letters == ["acknowledgement", "received"]
    assert {("Lan", "hold"), ("Lan", "release")} <= set(events(program))


def test_reprocessing_shows_the_difference_first(
    program: Installation, mailbag: Mailbag
) -> None:
    """With -n the rows that would change, and nothing does; without, they are changed."""
    (complete,) = mailbag.typical(1)
    take(program, complete)
    right = counting(program)
    code, form, row, column, value, _ = right[0]
    program.database.run(
        f"UPDATE figure SET value = '1' WHERE indicator = '{row}'"
        f" AND column_key = '{column}'"
        f" AND version_id IN (SELECT id FROM version WHERE form_id = '{form}')"
    )
    wrong = tables_of(program.database)
    change = {
        "where": f"{code} {form}",
        "indicator": row,
        "column": column,
        "before": "1",
        "after": value,
    }
    tried = program.fine("reprocess", "1", "-n", "--json").document
    assert tried == {"messages": 1, "changes": [change], "quarantined": []}
    assert tables_of(program.database) == wrong
    done = program.fine("reprocess", "--all", "--json").document
    assert done == tried
    assert counting(program) == right
    assert program.run("reprocess").code == 2, "one of MESSAGE, --since, --all"
    assert len(program.rows("outbox")) == 1


@pytest.mark.fault("F-S6-3")
def test_audit_finds_what_is_lost_or_altered(
    program: Installation, mailbag: Mailbag
) -> None:
    """Balanced, exit 0; without a raw message or with a changed trail, exit 1."""
    (complete,) = mailbag.typical(1)
    take(program, complete)
    good = program.fine("audit", "--json").document
    assert good["balanced"] is True
    assert (good["messages"], good["problems"]) == (1, [])
    (folder,) = good["folders"]
    assert folder["all"] == folder["filed"] == 1

    (raw,) = (program.data / "archive").glob("??/*.eml")
    kept = raw.read_bytes()
    raw.unlink()
    said = program.run("audit", "--json")
    assert said.code == 1
    assert said.document["balanced"] is False
    (problem,) = said.document["problems"]
    assert (problem["what"], problem["where"]) == ("lost", raw.stem)
    assert raw.stem in program.run("audit").out

    raw.write_bytes(bytes([kept[0] ^ 1]) + kept[1:])
    (problem,) = program.run("audit", "--json").document["problems"]
    assert (problem["what"], problem["where"]) == ("lost", raw.stem), "one changed bit"
    raw.write_bytes(kept)

    _alter_trail(program)
    said = program.run("audit", "--json")
    assert said.code == 1
    assert [each["what"] for each in said.document["problems"]] == ["chain"]


def _alter_trail(program: Installation) -> None:
    """Change a word of the audit trail as somebody with the database in hand could."""
    file = program.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE event SET actor = 'nobody' WHERE number = 1")
        connection.commit()


def test_what_is_shown_has_the_shape_of_the_contract(
    program: Installation, mailbag: Mailbag
) -> None:
    """`ingest`, `show`, `log` and `status` as JSON, and in words."""
    (broken,) = mailbag.of("broken-sum")
    said = take(program, broken)
    assert said.code == 1, "an error is something found"
    taken = said.document
    assert_document(taken)
    assert taken["verdict"] == "deficient"
    shown = program.fine("show", "1", "--json").document
    assert shown == taken
    assert program.fine("show", taken["digest"][:8], "--json").document == taken
    assert program.run("show", "77").code == 1

    (line,) = program.fine("log", "--json").documents
    assert set(line) >= LOG
    assert line["digest"] == taken["digest"]
    assert line["received_at"] == broken.sent_at.isoformat()
    province = str(taken["province"])
    for words, count in (
        (("--province", province, "--state", "filed", "--since", "2013-07-01"), 1),
        (("--search", broken.sender[:12]), 1),
        (("--state", "held"), 0),
        (("--since", "2013-08-01"), 0),
        (("--search", "khong co"), 0),
    ):
        assert len(program.fine("log", "--json", *words).documents) == count, words

    coverage = program.fine("status", "--json").documents
    assert len(coverage) == 63 * 9
    assert all(set(row) >= COVERAGE for row in coverage)
    own = [row for row in coverage if row["province_code"] == province]
    assert {row["state"] for row in own} == {"accepted", "deficient"}
    for words in (("show", "1"), ("log",), ("status",)):
        spoken = program.fine("--lang", "en", *words)
        assert spoken.out
        assert spoken.err == ""


def assert_document(document: dict[str, Any]) -> None:
    """Every key of the contract, in every part."""
    assert set(document) >= DOCUMENT
    for part, keys in PARTS.items():
        items = document[part] if isinstance(document[part], list) else [document[part]]
        assert items, part
        assert all(set(item) >= keys for item in items), part


def test_trying_a_mail_out_stores_nothing(program: Installation, mailbag: Mailbag) -> None:
    """`ingest -n`: later files see earlier ones of the same call, and nothing is kept."""
    first, second = mailbag.of("split-first", "split-second")
    assert first.province == second.province
    program.fine("status", "--json")
    empty, files = views_of(program), files_of(program.data)
    paths = []
    for mail in (first, second):
        path = program.folder / f"{mail.purpose}.eml"
        path.write_bytes(mail.raw)
        paths.append(str(path))
    at = first.sent_at.isoformat()
    said = program.run("ingest", "-n", "--json", "--received-at", at, *paths)
    verdicts = [document["verdict"] for document in said.documents]
    assert verdicts == ["incomplete", "accepted"]
    assert said.documents[1]["reply"]["template"] == "acknowledgement"
    assert views_of(program) == empty
    assert files_of(program.data) == files
    assert program.run("ingest", "-n", str(program.folder / "none.eml")).code == 1


def test_consolidation_on_demand(program: Installation, mailbag: Mailbag) -> None:
    """-n adds up and keeps nothing; without it a run and its products are there."""
    (complete,) = mailbag.typical(1)
    take(program, complete)
    tried = program.fine("consolidate", "-n", "--json").document
    assert (tried["run"], tried["products"], tried["reported"]) == (None, None, 1)
    assert program.rows("totals") == []
    done = program.fine("consolidate", "--json").document
    assert (done["run"], done["expected"]) == (1, 63)
    assert list(Path(done["products"]).glob("*.xlsx"))
    assert len(program.rows("totals")) == done["totals"] == tried["totals"]
    assert program.run("consolidate", "--round", "ke-hoach-1914").code == 1
