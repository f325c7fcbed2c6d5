"""Collect: every message once, bytes first, whatever dies in between."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import chain, count, repeat
from pathlib import Path

import pytest

from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.mail.folder_mailbox import FolderMailbox
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import TransientError, UnreachableError
from pipeline.domain.mail.message import Arrival, Location, State
from pipeline.jobs.collect import collect
from pipeline.jobs.collect_round import CollectLimits, CollectReport
from pipeline.jobs.fetch_troubles import FetchTroubles
from pipeline.ports import FetchedMessage
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.memory_mailbox import RECEIVED, MemoryFolder, MemoryMailbox
from tests.fakes.mortal import Fate, KilledError, Mortal

NOW = datetime(2013, 7, 11, 8, 0, tzinfo=timezone(timedelta(hours=7)))
MAILS = [f"Subject: {number}\r\n\r\nx\r\n".encode() for number in range(4)]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def now() -> datetime:
    return NOW


@pytest.fixture
def archive(tmp_path: Path) -> FileArchive:
    return FileArchive(tmp_path / "archive")


@pytest.fixture
def inbox() -> MemoryFolder:
    folder = MemoryFolder()
    for each in MAILS:
        folder.put(each)
    return folder


@pytest.fixture
def mailbox(inbox: MemoryFolder) -> MemoryMailbox:
    return MemoryMailbox({"INBOX": inbox})


def test_takes_in_everything_once(mailbox: MemoryMailbox, archive: FileArchive) -> None:
    ledger = MemoryLedger()
    report = collect(mailbox, archive, ledger, now)
    assert report == CollectReport((1, 2, 3, 4), (), (), (), None)
    assert [archive.load(row.digest) for row in ledger.rows.values()] == MAILS
    again = collect(mailbox, archive, ledger, now)
    assert again == CollectReport((), (), (), (), None)
    assert mailbox.fetches == [1, 2, 3, 4]


def test_only_new_places_are_looked_up(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    ledger, troubles, times = MemoryLedger(), FetchTroubles(), [NOW]

    def look() -> None:
        ledger.asked.clear()
        collect(mailbox, archive, ledger, lambda: times[-1], troubles=troubles)

    look()
    look()
    inbox.put(b"Subject: 5\r\n\r\nx\r\n")
    look()
    assert ledger.asked == [(5, None)]
    look()
    look()
    assert ledger.asked == [], "all of them are known"
    times.append(NOW + timedelta(hours=1))
    look()
    look()
    assert ledger.asked == [(1, None)], "once an hour nothing is taken as known"
    assert len(ledger.rows) == 5


def test_an_arrival_says_where_and_when(
    mailbox: MemoryMailbox, archive: FileArchive
) -> None:
    mailbox.contents["Bulk"] = MemoryFolder(9, {7: b"spam?"})
    mailbox.names = ("INBOX", "Bulk")
    limits = CollectLimits(spam_folders=frozenset({"Bulk"}))
    collect(mailbox, archive, MemoryLedger(), now, limits)
    arrivals = list(archive.arrivals())
    assert [each.spam_folder for each in arrivals] == [True, *[False] * 4]
    spam = arrivals[0]
    assert spam.location == Location("Bulk", 9, 7)
    assert (spam.size, spam.received_at, spam.first_seen_at) == (5, RECEIVED, NOW)


def test_who_reads_them_hears_how_many_come_before_they_do(
    mailbox: MemoryMailbox, archive: FileArchive
) -> None:
    ledger, told = MemoryLedger(), []

    def coming(messages: int) -> None:
        told.append((messages, len(mailbox.fetches)))

    for _ in range(2):
        collect(mailbox, archive, ledger, now, CollectLimits(coming=coming))
    assert told == [(4, 0)]


def test_a_renumbered_folder_is_read_anew_and_recognised(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    ledger = MemoryLedger()
    collect(mailbox, archive, ledger, now)
    inbox.uidvalidity = 2
    inbox.messages = {1: MAILS[3], 2: b"new under an old number"}
    collect(mailbox, archive, ledger, now)
    states = [(row.digest, row.state) for row in ledger.rows.values()]
    assert len(states) == 5
    assert (digest(b"new under an old number"), State.RECEIVED) in states


@pytest.mark.fault("F-S5-7", "T-10")
def test_too_big_is_refused_unfetched(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    inbox.messages[2] = b"x" * 100
    inbox.messages[3] = b"y" * 100
    inbox.lying[3] = 5
    ledger = MemoryLedger()
    report = collect(mailbox, archive, ledger, now, CollectLimits(most_bytes=50))
    assert {place.uid for place in report.refused} == {2, 3}
    assert 2 not in mailbox.fetches
    held = [row for row in ledger.rows.values() if row.state is State.HELD]
    assert [(row.reason, row.size) for row in held] == [("too-big", 100)] * 2
    assert collect(mailbox, archive, ledger, now).arrived == ()


@pytest.mark.fault("F-S5-6")
def test_a_vanished_message_is_gone(mailbox: MemoryMailbox, archive: FileArchive) -> None:
    """Listed, then moved away by a person before it was fetched."""
    mailbox.vanish = {2}
    ledger = MemoryLedger()
    report = collect(mailbox, archive, ledger, now)
    assert report.gone == (Location("INBOX", 1, 2),)
    assert ledger.rows[Location("INBOX", 1, 2)].state is State.GONE
    assert len(report.arrived) == 3


@pytest.mark.fault("F-S5-5")
def test_a_broken_message_is_tried_thrice_and_noted(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    """Never `gone` while the server lists it, and never in the way of the others."""
    inbox.broken = {2}
    ledger = MemoryLedger()
    troubles = FetchTroubles()
    report = collect(mailbox, archive, ledger, now, None, troubles)
    place = Location("INBOX", 1, 2)
    assert (len(report.arrived), report.failed, report.gone) == (3, (place,), ())
    assert mailbox.fetches.count(2) == 3
    assert ledger.rows[place].reason == "fetch-failed"
    collect(mailbox, archive, ledger, now, None, troubles)
    assert mailbox.fetches.count(2) == 3, "it rests a while"


def test_a_mended_message_is_taken_after_its_rest(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    inbox.broken = {2}
    ledger, troubles, clock = MemoryLedger(), FetchTroubles(), count()

    def hourly() -> datetime:
        return NOW + timedelta(minutes=next(clock))

    for _ in range(50):
        collect(mailbox, archive, ledger, hourly, None, troubles)
    rests = mailbox.fetches.count(2) / 3
    assert 3 <= rests <= 10, "ever longer rests"
    inbox.broken = set()
    report = collect(
        mailbox, archive, ledger, lambda: NOW + timedelta(days=2), None, troubles
    )
    assert len(report.arrived) == 1
    assert ledger.rows[Location("INBOX", 1, 2)].state is State.RECEIVED
    assert troubles.due == {}


def test_rests_grow_from_minutes_to_hours() -> None:
    troubles, place = FetchTroubles(), Location("INBOX", 1, 2)
    rests = []
    for _ in range(12):
        troubles.add(place, NOW)
        rests.append(troubles.due[place][0] - NOW)
    assert rests[0] == timedelta(minutes=5)
    assert rests[1] == timedelta(minutes=10)
    assert rests[-1] == timedelta(hours=6)


@pytest.mark.fault("F-S3-1")
def test_a_missing_folder_costs_only_itself(
    mailbox: MemoryMailbox, archive: FileArchive
) -> None:
    mailbox.names = ("Nowhere", "INBOX")
    report = collect(mailbox, archive, MemoryLedger(), now)
    assert len(report.arrived) == 4
    assert "Nowhere" in str(report.trouble)


def test_a_dead_server_ends_the_round_and_is_reported(
    mailbox: MemoryMailbox, archive: FileArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(_folder: str) -> None:
        raise UnreachableError("no route")

    mailbox.names = ("INBOX", "INBOX")
    monkeypatch.setattr(mailbox, "examine", dead)
    report = collect(mailbox, archive, MemoryLedger(), now)
    assert isinstance(report.trouble, UnreachableError)


@pytest.mark.fault("F-S0-9", "F-S6-1", "T-10")
def test_a_full_disk_loses_nothing(
    mailbox: MemoryMailbox, archive: FileArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_mails: object) -> None:
        raise TransientError("No space left on device")

    ledger = MemoryLedger()
    with monkeypatch.context() as patch:
        patch.setattr(archive, "keep", full)
        report = collect(mailbox, archive, ledger, now)
        assert "No space" in str(report.trouble)
        assert ledger.rows == {}
    assert len(collect(mailbox, archive, ledger, now).arrived) == 4


def test_those_of_one_answer_are_kept_together(
    mailbox: MemoryMailbox, archive: FileArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many of them wait for the disk once."""
    ledger, kept = MemoryLedger(), []
    arrive_all, limits = ledger.arrive_all, CollectLimits(group=3)

    def arriving(arrivals: Sequence[Arrival]) -> list[int]:
        kept.append([archive.load(each.digest) for each in arrivals])
        return arrive_all(arrivals)

    monkeypatch.setattr(ledger, "arrive_all", arriving)
    assert collect(mailbox, archive, ledger, now, limits).arrived == (1, 2, 3, 4)
    assert kept == [MAILS[:3], MAILS[3:4]], "bytes on disk before their rows"


def test_what_came_before_trouble_is_kept_and_not_fetched_again(
    mailbox: MemoryMailbox, archive: FileArchive
) -> None:
    class Breaking(MemoryMailbox):
        def fetch(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
            yield from super().fetch(uids[:2])
            raise UnreachableError("the line is lost")

    ledger = MemoryLedger()
    report = collect(Breaking(mailbox.contents), archive, ledger, now)
    assert report.arrived == (1, 2)
    assert "lost" in str(report.trouble)
    assert collect(mailbox, archive, ledger, now).arrived == (3, 4)
    assert mailbox.fetches == [3, 4]


@pytest.mark.fault("F-S6-1", "T-10")
def test_no_mail_is_fetched_when_hardly_any_room_is_left(
    mailbox: MemoryMailbox, archive: FileArchive
) -> None:
    ledger = MemoryLedger()
    report = collect(mailbox, archive, ledger, now, CollectLimits(room=lambda: 0))
    assert "disk" in str(report.trouble)
    assert (mailbox.fetches, ledger.rows) == ([], {})
    report = collect(mailbox, archive, ledger, now, CollectLimits(room=lambda: 999))
    assert (len(report.arrived), report.trouble) == (4, None)
    report = collect(mailbox, archive, ledger, now, CollectLimits(room=lambda: 0))
    assert report.trouble is None, "nothing is new: nothing is missed"


@pytest.mark.fault("T-10")
def test_a_flood_of_great_mails_keeps_no_small_one_out(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    """Where there is not room for all, the smallest come first: all of them in one poll."""
    small = list(inbox.messages)
    inbox.messages = dict.fromkeys(range(10, 30), b"x" * 1000) | inbox.messages
    room = sum(map(len, MAILS)) + 3_500
    ledger = MemoryLedger()
    report = collect(mailbox, archive, ledger, now, CollectLimits(room=lambda: room))
    assert mailbox.fetches == [*small, 10, 11, 12]
    assert len(report.arrived) == len(small) + 3
    assert "disk" in str(report.trouble)
    assert (report.gone, report.failed, report.refused) == ((), (), ())


@pytest.mark.fault("T-10")
def test_a_great_mail_in_one_folder_keeps_no_small_one_of_another_out(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    """The spam folders come last: they, too, are looked into."""
    mailbox.contents |= {"INBOX": MemoryFolder(7, {1: b"x" * 5000}), "Spam": inbox}
    mailbox.names = ("INBOX", "Spam")
    report = collect(
        mailbox, archive, MemoryLedger(), now, CollectLimits(room=lambda: 4000)
    )
    assert len(report.arrived) == len(inbox.messages)
    assert "disk" in str(report.trouble)


@pytest.mark.fault("F-S6-1", "T-10")
def test_collecting_stops_when_the_disk_fills_meanwhile(
    mailbox: MemoryMailbox, archive: FileArchive
) -> None:
    left = iter([999, 999, 999, 0])
    ledger = MemoryLedger()
    limits = CollectLimits(room=lambda: next(left), group=1)
    report = collect(mailbox, archive, ledger, now, limits)
    assert report.arrived == (1, 2)
    assert "disk" in str(report.trouble)
    assert collect(mailbox, archive, ledger, now).arrived == (3, 4)


def test_stops_between_messages(mailbox: MemoryMailbox, archive: FileArchive) -> None:
    answers = chain([False, False], repeat(True))
    limits = CollectLimits(stop=lambda: next(answers))
    mailbox.names = ("INBOX", "INBOX")
    ledger = MemoryLedger()
    report = collect(mailbox, archive, ledger, now, limits)
    assert report.arrived == (1, 2)
    assert collect(mailbox, archive, ledger, now).arrived == (3, 4)


def test_a_folder_renumbered_meanwhile_waits_for_the_next_round(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    class Renumbering(MemoryMailbox):
        def examine(self, folder: str):
            status = super().examine(folder)
            inbox.uidvalidity += 1
            return status

    inbox.broken = {2}
    ledger = MemoryLedger()
    report = collect(Renumbering({"INBOX": inbox}), archive, ledger, now)
    assert (len(report.arrived), report.failed, report.gone) == (3, (), ())


def test_files_come_in_by_the_same_way(tmp_path: Path, archive: FileArchive) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number, each in enumerate(MAILS):
        (source / f"{number}.eml").write_bytes(each)
    ledger = MemoryLedger()
    assert len(collect(FolderMailbox(source), archive, ledger, now).arrived) == 4
    (source / "new.eml").write_bytes(b"Subject: new\r\n\r\n")
    assert len(collect(FolderMailbox(source), archive, ledger, now).arrived) == 1


def memory(_path: Path) -> MemoryLedger:
    return MemoryLedger()


def sqlite(path: Path) -> SqlLedger:
    ledger = SqlLedger(f"sqlite:///{path}/ingest.db")
    ledger.migrate()
    return ledger


def numbers_of(ledger: MemoryLedger | SqlLedger) -> frozenset[int]:
    return ledger.placed("INBOX", 1)


@pytest.mark.parametrize("group", [1, 2, 20])
@pytest.mark.parametrize(("make", "mails"), [(memory, 4), (sqlite, 3)])
def test_whoever_dies_anywhere_loses_nothing_and_doubles_nothing(
    tmp_path: Path, make: Callable[[Path], MemoryLedger | SqlLedger], mails: int, group: int
) -> None:
    """Dies at every call, before and after its effect; runs again; same world."""
    for at in count():
        folder = tmp_path / str(at)
        folder.mkdir()
        mailbox = MemoryMailbox(
            {"INBOX": MemoryFolder(1, dict(enumerate(MAILS[:mails], 1)))}
        )
        archive, ledger = FileArchive(folder / "archive"), make(folder)
        fate = Fate(at)
        try:
            collect(
                Mortal(mailbox, fate),
                Mortal(archive, fate),
                Mortal(ledger, fate),
                now,
                CollectLimits(group=group),
            )
        except KilledError:
            died = True
        else:
            died = False
        collect(mailbox, archive, ledger, now)
        places = {each.location.uid: each for each in archive.arrivals()}
        assert set(places) == set(range(1, mails + 1)) == numbers_of(ledger)
        for uid, each in places.items():
            assert archive.load(each.digest) == MAILS[uid - 1]
        assert collect(mailbox, archive, ledger, now).arrived == ()
        if isinstance(ledger, SqlLedger):
            assert len(list(ledger.messages({}))) == mails
            ledger.close()
        if not died:
            break
    groups = -(-mails // group)
    assert at > mails + 4 * groups


def test_what_was_refused_stands_in_the_real_ledger(tmp_path: Path) -> None:
    inbox = MemoryFolder(1, {1: b"x" * 100, 2: MAILS[0], 3: MAILS[1]}, broken={2})
    mailbox, archive = MemoryMailbox({"INBOX": inbox}), FileArchive(tmp_path / "archive")
    ledger = sqlite(tmp_path)
    limits = CollectLimits(most_bytes=50)
    first = collect(mailbox, archive, ledger, now, limits)
    assert (len(first.refused), len(first.failed), len(first.arrived)) == (1, 1, 1)
    reasons = {row["uid"]: row["reason"] for row in ledger.messages({})}
    assert reasons == {1: "too-big", 2: "fetch-failed", 3: None}
    inbox.broken = set()
    second = collect(mailbox, archive, ledger, now, limits)
    assert (len(second.refused), len(second.failed), len(second.arrived)) == (0, 0, 1)
    states = {row["uid"]: row["state"] for row in ledger.messages({})}
    assert states == {1: "held", 2: "received", 3: "received"}
    ledger.close()


@pytest.mark.fault("F-S4-3")
def test_a_number_below_the_highest_that_shows_late_is_taken(
    inbox: MemoryFolder, archive: FileArchive
) -> None:
    """A replica that lags behind: there is no high-water mark to miss it by."""
    mailbox, ledger = MemoryMailbox({"INBOX": inbox}), MemoryLedger()
    late = inbox.messages.pop(2)
    collect(mailbox, archive, ledger, now)
    inbox.messages[2] = late
    report = collect(mailbox, archive, ledger, now)
    assert len(report.arrived) == 1
    assert archive.load(digest(late)) == late


@pytest.mark.fault("F-S3-7", "F-S3-5", "F-S3-6")
def test_an_old_number_for_a_new_mail_is_seen_by_its_size(
    inbox: MemoryFolder, archive: FileArchive, tmp_path: Path
) -> None:
    """The same UIDVALIDITY, UIDNEXT gone down: a broken server. Both mails are kept."""
    mailbox, troubles = MemoryMailbox({"INBOX": inbox}), FetchTroubles()
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ingest.db")
    ledger.migrate()
    collect(mailbox, archive, ledger, now, None, troubles)
    old, new = inbox.messages[2], b"Subject: another\r\n\r\nand longer\r\n"
    inbox.messages[2] = new
    assert collect(mailbox, archive, ledger, now, None, troubles).arrived == (), "an hour"
    later = NOW + timedelta(hours=1)
    report = collect(mailbox, archive, ledger, lambda: later, None, troubles)
    assert len(report.arrived) == 1
    kept = {ledger.record(digest(data)) for data in (old, new)}
    assert None not in kept
    assert len(kept) == 2
    assert {archive.load(digest(data)) for data in (old, new)} == {old, new}
    ledger.close()


def test_sizes_wait_where_new_mail_is_wanted_first(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    ledger, troubles = MemoryLedger(), FetchTroubles()
    first = CollectLimits(sizes=False)
    collect(mailbox, archive, ledger, now, None, FetchTroubles())
    inbox.messages[2] = b"Subject: another\r\n\r\nand longer\r\n"
    new = inbox.put(b"Subject: new\r\n\r\nx\r\n")
    mailbox.fetches.clear()
    report = collect(mailbox, archive, ledger, now, first, troubles)
    assert (mailbox.fetches, report.sizes_due) == ([new], True)
    report = collect(mailbox, archive, ledger, now, CollectLimits(), troubles)
    assert (mailbox.fetches, report.sizes_due) == ([new, 2], False)
    assert not collect(mailbox, archive, ledger, now, first, troubles).sizes_due


@pytest.mark.parametrize("gone", [None, 1, 3])
def test_a_listing_that_has_grown_gives_what_looking_at_all_of_it_gives(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive, gone: int | None
) -> None:
    ledger, troubles = MemoryLedger(), FetchTroubles()
    inbox.broken = {2}
    collect(mailbox, archive, ledger, now, None, troubles)
    if gone is not None:
        del inbox.messages[gone]
    new = inbox.put(b"Subject: new\r\n\r\nx\r\n")
    inbox.broken.clear()
    mailbox.fetches.clear()
    collect(mailbox, archive, ledger, lambda: NOW + timedelta(minutes=6), None, troubles)
    assert mailbox.fetches == [2, new]


def test_one_that_rests_is_not_asked_for_with_all_that_came_after_it(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    ledger, troubles = MemoryLedger(), FetchTroubles()
    inbox.broken = {1}
    for _ in range(2):
        collect(mailbox, archive, ledger, now, None, troubles)
    ledger.asked.clear()
    new = inbox.put(b"Subject: new\r\n\r\nx\r\n")
    collect(mailbox, archive, ledger, now, None, troubles)
    assert ledger.asked == [(new, None)]


def test_a_server_that_estimates_sizes_is_not_asked_for_everything_again(
    inbox: MemoryFolder, archive: FileArchive
) -> None:
    mailbox, ledger = MemoryMailbox({"INBOX": inbox}), MemoryLedger()
    for number in range(30):
        inbox.put(f"Subject: {number}\r\n\r\ny\r\n".encode())
    collect(mailbox, archive, ledger, now)
    inbox.lying = dict.fromkeys(inbox.messages, 77)
    mailbox.fetches.clear()
    collect(mailbox, archive, ledger, now)
    assert mailbox.fetches == []


def test_a_size_told_wrong_costs_one_more_fetch(
    inbox: MemoryFolder, archive: FileArchive
) -> None:
    mailbox, troubles = MemoryMailbox({"INBOX": inbox}), FetchTroubles()
    ledger = MemoryLedger()
    inbox.lying = {2: 77}
    for hours in range(4):
        then = NOW + timedelta(hours=2 * hours)
        collect(mailbox, archive, ledger, lambda then=then: then, None, troubles)
    assert mailbox.fetches.count(2) == 2
    assert len(ledger.rows) == len(inbox.messages)


def test_no_more_than_so_many_are_taken_in_at_once_and_the_rest_is_told(
    mailbox: MemoryMailbox, archive: FileArchive
) -> None:
    ledger, limits = MemoryLedger(), CollectLimits(most=3)
    first = collect(mailbox, archive, ledger, now, limits)
    assert (first.arrived, first.more, first.may_go_on) == ((1, 2, 3), True, True)
    rest = collect(mailbox, archive, ledger, now, limits)
    assert (rest.arrived, rest.more) == ((4,), False)
    assert mailbox.fetches == [1, 2, 3, 4]


@pytest.mark.fault("T-10")
def test_great_mails_at_the_head_of_many_keep_no_small_one_out(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    """Where there is no room for the first, all are looked at, and the smallest come."""
    small = list(inbox.messages)
    inbox.messages = dict.fromkeys(range(-9, 1), b"x" * 1000) | inbox.messages
    limits = CollectLimits(most=3, room=lambda: 900)
    report = collect(mailbox, archive, MemoryLedger(), now, limits)
    assert mailbox.fetches == small
    assert len(report.arrived) == len(small)
    assert "disk" in str(report.trouble)


def test_a_server_that_gives_nothing_of_what_it_lists_is_not_asked_on_and_on(
    mailbox: MemoryMailbox, inbox: MemoryFolder, archive: FileArchive
) -> None:
    limits = CollectLimits(most=2)
    inbox.broken = {1, 2}
    report = collect(mailbox, archive, MemoryLedger(), now, limits)
    assert (report.failed != (), report.may_go_on) == (True, True), "they rest now"

    class Renumbering(MemoryMailbox):
        def fetch(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
            inbox.uidvalidity += 1
            return iter(())

    restless = Renumbering({"INBOX": inbox})
    report = collect(restless, archive, MemoryLedger(), now, limits)
    assert (report.more, report.may_go_on) == (True, False)
