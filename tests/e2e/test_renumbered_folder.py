"""A folder under a new UIDVALIDITY: the same messages again, then others under old UIDs."""

import pytest

from tests.e2e.conftest import Install
from tests.e2e.mail_system import MailSystem
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import Installation
from tests.e2e.world import assert_letters_came_once, raw_files_of, views_of

pytest_plugins = ["tests.servers.fixtures"]

USER = "khtc.renumbered@example.test"
FOLDER = "Báo cáo"
# where a message lies, and so what the daemon may learn anew of one it has
PLACE = ("uid", "uidvalidity")


@pytest.fixture
def program(installed: Install) -> Installation:
    return installed(mailbox__username=USER, mailbox__folders=[FOLDER])


def _made_anew(mail: MailSystem, raws: list[bytes]) -> int:
    """The UIDVALIDITY of the folder, deleted and filled again."""
    with mail.dovecot.client(USER) as client:
        if client.folder_exists(FOLDER):
            client.delete_folder(FOLDER)
    mail.put(USER, raws, FOLDER)
    (status, _), *_ = mail.state_of(USER, (FOLDER,)).values()
    return int(status[b"UIDVALIDITY"])


@pytest.mark.fault("F-S3-3", "F-S3-4")
def test_new_numbers_bring_no_old_mail_and_hide_no_new(
    program: Installation, mail: MailSystem, mailbag: Mailbag
) -> None:
    """Renumbered mail is known; other mail under the UIDs of old mail is taken in."""
    first, second, third = (m.raw for m in mailbag.typical(3))
    broken, robot, weak = (
        m.raw for m in mailbag.of("broken-sum", "auto-reply", "weak-identity")
    )
    old = _made_anew(mail, [first, broken, robot])
    program.fine("once")
    known = views_of(program, without=PLACE)

    new = _made_anew(mail, [first, broken, robot])
    assert new != old
    said = program.fine("once", "--json").document
    assert (said["processed"], said["sent"]) == (0, 0)
    assert views_of(program, without=PLACE) == known, "no new row, no new letter"
    log = program.rows("ingest_log")
    assert [(row["uidvalidity"], row["uid"]) for row in log] == [
        (new, n) for n in (1, 2, 3)
    ]

    # in another order, with two new ones in front: old bytes under UIDs of other bytes
    newest = _made_anew(mail, [second, weak, robot, first, third])
    said = program.fine("once", "--json").document
    assert said["processed"] == 3
    log = program.rows("ingest_log", "uid, id")
    assert {row["uid"] for row in log if row["uidvalidity"] == newest} == {1, 2, 3, 4, 5}
    assert len(log) == 6
    assert len(raw_files_of(program)) == 6
    assert_letters_came_once(program, mail)
    assert program.fine("audit", "--json").document["balanced"] is True
    before = views_of(program)
    program.fine("once")
    assert views_of(program) == before
