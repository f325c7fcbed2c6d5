"""What a message costs with 1,000, 10,000 and 100,000 others in ledger and mailbox.

A daemon that runs is measured, not the difference of two runs: what a process does once
at its start would drown the difference of a few milliseconds. The daemons of all sizes
wait side by side and have the same mails in turn, and sizes are compared mails by mails:
the machine's own pace changes by more from one minute to the next than a message with the
size. Beside them the servers that they wait for, and a bare client of the same mailbox:
what that takes longer is the mail server's own.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.speed.crowded import Cost, Crowded, Place, crowded
from bench.speed.old_mails import OF_A_UNIT
from bench.speed.plots import bars
from bench.speed.side_by_side import mails
from pipeline.demo.sample_mails import SampleMail
from tests.servers.certificates import Certificates
from tests.servers.postgres import running_postgres

GOAL = 1.2
FIRST_GOAL = 2.0
WARMING = 10
"""They bring the pages of ledger and mailbox into memory, and start the children."""
TOGETHER = 30
BURSTS = 6
ALONE = 6
_COUNTS = (WARMING, *[TOGETHER] * BURSTS, *[1] * ALONE)
_MANY, _ALONE = slice(1, 1 + BURSTS), slice(1 + BURSTS, None)
PLACES = (
    Place("SQLite", "mdbox"),
    Place("PostgreSQL", "mdbox"),
    Place("SQLite", "maildir"),
)
"""A file for each mail, as a maildir has it, is nobody's choice for 100,000 in a folder."""


@dataclass(frozen=True)
class _Found:
    """One daemon: seconds with nothing new; costs and the floor's clock, by group."""

    nothing: float
    costs: list[Cost]
    floors: list[float]

    def each(self, part: str, which: slice) -> list[float]:
        """One of the costs, or `floor`, of some groups."""
        if part == "floor":
            return self.floors[which]
        return [getattr(cost, part) for cost in self.costs[which]]

    def median(self, part: str, which: slice) -> float:
        return median(self.each(part, which))

    def to(self, other: "_Found", part: str) -> list[float]:
        """How many times another's costs the bursts cost, each beside its own."""
        pairs = zip(self.each(part, _MANY), other.each(part, _MANY), strict=True)
        return [mine / its for mine, its in pairs]


Found = dict[tuple[Place, int], _Found]


def growth(
    scratch: Path, certificates: Certificates, sizes: list[int], plots: Path
) -> list[str]:
    """Processor and clock of a message, and of a round with nothing new, by size."""
    found: Found = {}
    made = iter(mails(sum(_COUNTS)))
    groups = [[next(made) for _ in range(count)] for count in _COUNTS]
    with running_postgres() as postgres:
        for place in PLACES:
            ends = sorted({min(sizes), max(sizes)})
            with ExitStack() as stack:
                opened = {
                    size: stack.enter_context(
                        crowded(
                            scratch / f"growth-{place.store}-{place.kept_as}-{size}",
                            certificates,
                            postgres,
                            place,
                            size,
                        )
                    )
                    for size in (ends if place.kept_as == "maildir" else sizes)
                }
                measured = _in_turn(opened, groups)
            found |= {(place, size): each for size, each in measured.items()}
    return [*_many(found), "", *_others(found), "", _plot(found, plots)]


def _in_turn(
    opened: dict[int, Crowded], groups: list[list[SampleMail]]
) -> dict[int, _Found]:
    """A daemon for each size, and each group of mails to all; then the bare client."""
    costs: dict[int, list[Cost]] = {size: [] for size in opened}
    with ExitStack() as stack:
        daemons = {}
        for size, each in opened.items():
            daemons[size] = stack.enter_context(each.at_work())
            costs[size].append(daemons[size].cost(groups[0]))  # from its very start
        for turn, some in enumerate(groups[1:]):
            for size in sorted(daemons, reverse=bool(turn % 2)):
                costs[size].append(daemons[size].cost(some))
    return {
        size: _Found(each.nothing, costs[size], [each.floor(some) for some in groups])
        for size, each in opened.items()
    }


def _many(found: Found) -> list[str]:
    lines = [
        "## Growth",
        "",
        (
            "A clean 9-form return in a daemon that runs (`run`, IDLE, one child), from "
            "its append to its letter, when ledger and mailbox hold so many, of units "
            f"with {OF_A_UNIT} mails each, in the same round; no old body was fetched. "
            "The daemons of a place wait side by side and have the same "
            f"{BURSTS} bursts of {TOGETHER} in turn; the median burst, a message. "
            "Processor: of daemon and child, of PostgreSQL, of Dovecot. To the smallest: "
            "burst by burst, the median, the least and the most. "
            "The floor: the same mails put into the same "
            "mailbox, and a bare client that waits with IDLE and fetches them, nothing "
            "else. mdbox: Dovecot keeps many mails in a file, as for mailboxes so large; "
            "maildir: a file for each, and it goes through all of them whenever one comes."
        ),
        "",
        (
            "| ledger | mailbox | in both | ours: processor ms | PostgreSQL ms "
            "| Dovecot ms | clock ms | floor's clock ms | to the smallest: ours | clock "
            "| floor |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    bases: dict[Place, _Found] = {}
    for (place, size), each in found.items():
        base = bases.setdefault(place, each)
        parts = ("ours", "database", "mail_server", "clock", "floor")
        costs = " | ".join(f"{each.median(part, _MANY):.1f}" for part in parts)
        ratios = " | ".join(_ratio(each.to(base, p)) for p in ("ours", "clock", "floor"))
        lines.append(f"| {place} | {size:,} | {costs} | {ratios} |")
    lines += ["", f"Goal: ours and the clock <= {GOAL} at the last, with the same floor."]
    return lines


def _ratio(ratios: list[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def _others(found: Found) -> list[str]:
    lines = [
        (
            "A message that comes alone, while the daemon waits; a whole `once` with "
            f"nothing new; and the first {WARMING} mails of a daemon that begins at the "
            "moment they come: its start, all numbers of the mailbox, and what rules "
            "found in all mails of the round, counted once."
        ),
        "",
        (
            "| ledger | mailbox | in both | alone: ours ms | Dovecot ms | clock ms "
            f"| floor's clock ms | nothing new: s | first {WARMING}: s |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (place, size), each in found.items():
        parts = ("ours", "mail_server", "clock", "floor")
        alone = " | ".join(f"{each.median(part, _ALONE):.0f}" for part in parts)
        first = each.costs[0].clock * WARMING / 1000
        lines.append(f"| {place} | {size:,} | {alone} | {each.nothing:.2f} | {first:.1f} |")
    goal = (
        f"Goal: nothing new at 100,000 <= 5 s; the first {WARMING} <= {FIRST_GOAL:.0f} s."
    )
    return [*lines, "", goal]


def _plot(found: Found, plots: Path) -> str:
    costs = {
        f"{size:,} in ledger and mailbox, {place.store}, {place.kept_as}": each.median(
            "ours", _MANY
        )
        for (place, size), each in found.items()
    }
    title = "Processor time of a message"
    return bars(plots / "growth.svg", title, costs, "ms")
