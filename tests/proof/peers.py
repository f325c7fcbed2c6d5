"""Mail servers that misbehave: the scripted round on real lines, one fault at a time."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.jobs.collect import collect
from tests.proof.invariants import check_at_death, check_at_rest, must
from tests.proof.scripted_round import ACCOUNT, NOW, Outside, live, mails
from tests.proof.sweep import MakeDatabase, Outcome, Undisturbed, folder_of_a_world
from tests.servers import faulty_smtp as smtp
from tests.servers.ledgers import new_sqlite
from tests.servers.scripted_imap import Messages, ScriptedImap, scripted_imap

# The last one fetched: whatever delays it changes no order of arrival.
_SIZE, _BODY = "SIZE 5", "BODY 5"
_NO, _BAD = "{tag} NO no", "{tag} BAD what"
_ANY = (
    "drop",
    "stall",
    "trickle",
    "{tag} NO [UNAVAILABLE] later",
    "{tag} NO [OVERQUOTA] Account exceeded command or bandwidth limits",
    "{tag} NO [LIMIT] slow down",
    _NO,
    _BAD,
    "* BYE going down",
    "SSH-2.0-OpenSSH",
    "* OK " + "x" * 1_100_000,
)
_POINTS = ("greeting", "CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", _SIZE, _BODY, "FETCH")
_OWN = {
    "greeting": ("* PREAUTH welcome",),
    "LOGIN": ("{tag} NO [AUTHENTICATIONFAILED] no",),
    "EXAMINE": (
        "* 6 EXISTS\r\n{tag} OK no validity",
        "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] v\r\n* OK [UIDNEXT 1] n\r\n{tag} OK empty",
        "* 9 EXISTS\r\n* OK [UIDVALIDITY 1] v\r\n* OK [UIDNEXT 7] n\r\n{tag} OK more",
    ),
    "SEARCH": (
        "* SEARCH\r\n{tag} OK done",
        "* SEARCH 6 5 2 2 1\r\n{tag} OK done",
        "* SEARCH " + "1 " * 600_000 + "\r\n{tag} OK",
    ),
    _SIZE: ("", "* 5 FETCH (UID 5 RFC822.SIZE 1)", "* 5 FETCH (UID 5 RFC822.SIZE x)"),
    _BODY: (
        "half",
        "short",
        "long",
        "",
        "{tag} NO [EXPUNGEISSUED] gone",
        "* 5 FETCH (UID 5 BODY[] NIL)",
        '* 5 FETCH (UID 5 BODY[] "")',
        "* 5 FETCH (UID 5 BODY[] {{999999999}}",
        "* 5 FETCH (UID 77 BODY[] {{1}}\r\nx)",
        "* 5 FETCH (UID 5 BODY[] (((",
        "* 5 FETCH (FLAGS (\\Seen))",
    ),
}


_MISSING = {
    ("EXAMINE", fault)
    for fault in (_NO, _BAD, *(each for each in _OWN["EXAMINE"] if "9 EXISTS" not in each))
}
_OF_ONE_FOLDER = {("SEARCH", fault) for fault in _OWN["SEARCH"]}


@dataclass(frozen=True)
class Cell:
    """A point of a talk, what the server does there, and how many times in a row."""

    server: str
    point: str
    fault: str
    times: int = 1

    @property
    def doubtful(self) -> int:
        """How many letters a person may have to look at: refused, or not surely sent.

        A short letter is on its way with its dot before a fault in its text is seen.
        """
        refused = (self.point, self.fault) == ("rcpt", "5xx")
        return int(self.point in {"body", "dot"} or refused)

    def __str__(self) -> str:
        return f"{self.server} {self.point} {self.fault[:40]!r} x{self.times}"


def imap_cells() -> list[Cell]:
    """Every fault at every point of a session, passing and lasting for a life."""
    cells = [
        Cell("IMAP", point, fault, times)
        for point in _POINTS
        for fault in (*_ANY, *_OWN.get(point, ()))
        for times in (1, 2)
    ]
    # A folder that is missing once lets the copy in the other one be the first sighting,
    # and UIDs said of both folders are rightly `gone` in one of them.
    return [
        c
        for c in cells
        if (c.point, c.fault) not in (_MISSING if c.times == 1 else _OF_ONE_FOLDER)
    ]


def smtp_cells() -> list[Cell]:
    """Every fault at every point, the text and the dot included."""
    pairs = [(p, f) for p in smtp.POINTS for f in (*smtp.FAULTS, "accept-and-drop")]
    cells = [Cell("SMTP", *pair) for pair in pairs]
    return [c for c in cells if c.fault != "accept-and-drop" or c.point == "dot"]


def suffer_peer(
    cell: Cell, golden: Undisturbed, make: MakeDatabase = new_sqlite
) -> Outcome:
    """A life with this fault and one without; BrokenInvariantError as `suffer`."""
    with folder_of_a_world() as folder, ExitStack() as stack:
        (Path(folder) / "database").mkdir()
        outside = Outside(make(Path(folder) / "database"), Path(folder) / "disk")
        faults = {cell.point: [cell.fault] * cell.times}
        if cell.server == "SMTP":
            outside.smtp = stack.enter_context(smtp.faulty_smtp(faults))
        else:
            inbox, *others = mails().values()
            outside.imap = stack.enter_context(
                scripted_imap(inbox, faults=faults, uidvalidity=1)
            )
            outside.imap.others = dict(zip(list(mails())[1:], others, strict=True))
        live(outside)
        counted = check_at_death(outside, golden.figures)
        for server in (outside.imap, outside.smtp):
            if server is not None:
                server.times = 0
        live(outside, number=1)
        unknown = check_at_rest(outside, golden.picture, counted)
        must("I3", unknown <= cell.doubtful, f"{unknown} letters in doubt")
        if outside.imap is not None:
            check_only_read(outside.imap)
        return Outcome(1, unknown)


def check_only_read(server: ScriptedImap) -> None:
    """I10: nothing was asked for that changes a mailbox."""
    allowed = {
        "CAPABILITY",
        "LOGIN",
        "EXAMINE",
        "SEARCH",
        "FETCH",
        "LOGOUT",
        "NOOP",
        "IDLE",
    }
    for command in server.commands:
        verb = command.upper().removeprefix("UID ").partition(" ")[0]
        must("I10", verb in allowed, command)
        must("I10", "BODY[" not in command, command)


SMALL: Messages = {
    3: b"Subject: c\r\n\r\nc\r\n",
    5: b"Subject: e\r\n\r\nee\r\n",
    9: b"i: j\r\n\r\n",
}


def cut_points(step: int = 1) -> list[int]:
    """Every byte after which a whole session over SMALL may be cut."""
    with (
        scripted_imap(dict(SMALL)) as server,
        folder_of_a_world() as folder,
    ):
        _Taking(server, Path(folder), new_sqlite).once()
        return list(range(1, server.sent_bytes, step))


def cut_after(byte: int, make: MakeDatabase = new_sqlite) -> None:
    """The line breaks after that byte; the next round has all of it, and nothing else."""
    with (
        scripted_imap(dict(SMALL)) as server,
        folder_of_a_world() as folder,
    ):
        server.cut_after = byte
        taking = _Taking(server, Path(folder), make)
        first = taking.once()
        must("I1", first.items() <= SMALL.items(), f"half a mail at {byte}")
        whole = taking.once()
        must("I1", whole == SMALL, f"mails of {sorted(whole)} after a cut at {byte}")
        check_only_read(server)


class _Taking:
    """A daemon that only collects; each round is a process of its own."""

    def __init__(self, server: ScriptedImap, folder: Path, make: MakeDatabase) -> None:
        self._server = server
        self._archive = FileArchive(folder / "archive")
        self._database = make(folder)

    def once(self) -> Mapping[int, bytes]:
        """A round; what is kept after it, by UID."""
        mailbox = ImapMailbox(self._server.access())
        ledger = self._database.open(ACCOUNT)
        try:
            collect(mailbox, self._archive, ledger, lambda: NOW)
        finally:
            mailbox.close()
            ledger.close()
        rows = self._database.rows("SELECT uid, digest FROM ingest_log")
        return {row["uid"]: self._archive.load(row["digest"]) for row in rows}
