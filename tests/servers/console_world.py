"""A round with a few mails, and the console on it: each test has a copy of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pipeline.assembly import (
    make_consolidation,
    open_archive,
    open_ledger,
    open_workshop,
    read_plan,
)
from pipeline.assembly.console import open_world
from pipeline.assembly.plan import Plan
from pipeline.cli.main import system_clock
from pipeline.console.world import World
from pipeline.demo.return_style import ReturnStyle
from pipeline.demo.sample_files import NamedFile
from pipeline.domain.mail.message import Arrival, Location
from pipeline.jobs.consolidate import consolidate
from pipeline.jobs.process import process
from pipeline.settings import load_settings
from tests.builders.mails import OURS, SENDER, SENT, figures, letter, workbooks
from tests.builders.renamed_rows import doubtful
from tests.builders.workshop import digest_of
from tests.servers.pages import Browser, add_people, serving

KEY = ("PL02", "vl.tong", "kh_n")
HOSTILE = '<script>alert(1)</script> \u202egnp.exe\u202c \x1b[31m" onload="x'
NAMELESS = workbooks(["PL01"], style=ReturnStyle(letterhead=False), name="a.xlsx")
MAILS = (
    letter(
        workbooks(["PL01", "PL02"], {**figures(), KEY: figures()[KEY] + 90}),
        text="GT PL02.2: tính cả lao động tự tạo việc làm",
    ),
    letter(NAMELESS, sender="x@example.com", sender_name="", subject="x", text="x"),
    letter(
        (NamedFile("=cmd|' /C calc'!A0.txt", b"x"),),
        sender="y@example.com",
        sender_name="",
        subject=HOSTILE,
        text="x",
    ),
    letter((), subject="Xin hỏi", text="Xin hướng dẫn: hạn gửi báo cáo là bao giờ?"),
    letter([doubtful()], subject="PL05", text="PL05"),
)
BROKEN, NOBODY, STRANGE, ASKED, DOUBTFUL = 1, 2, 3, 4, 5


def plan_in(folder: Path) -> Plan:
    """A plan with everything in a folder; its letters wait for a planner."""
    (folder / "senders.csv").write_text(
        f"address,province_code,name,phone\n{SENDER},02,,\n"
    )
    (folder / "daemon.yaml").write_text(
        f"mailbox: {{folder_source: mails, addresses: [{OURS}]}}\n"
        "smtp: {username: null, port: 1, security: none}\n"
        "policy: {replies: approve}\nworkers: 1\n",
        encoding="utf-8",
    )
    return read_plan(load_settings(folder / "daemon.yaml", {}))


def take_in(folder: Path) -> Path:
    """Take the mails in, and consolidate."""
    plan = plan_in(folder)
    ledger, archive = open_ledger(plan), open_archive(plan)
    for number, raw in enumerate(MAILS, 1):
        archive.store(raw)
        when = SENT + timedelta(minutes=number)
        place = Location("INBOX", 1, number)
        ledger.arrive(Arrival(digest_of(raw), place, len(raw), when, when))
    shop = open_workshop(plan, ledger)
    process(shop, system_clock)
    shop.reader.close()
    for plan_round in plan.rounds:
        consolidate(make_consolidation(plan, ledger, plan_round), system_clock())
    ledger.close()
    return folder


@dataclass(frozen=True)
class Console:
    """The console that is served, and the world behind it."""

    world: World
    port: int

    def browser(self, name: str | None = None) -> Browser:
        """A browser, of somebody who has entered if named."""
        browser = Browser(self.port)
        if name:
            assert browser.enter(name).status == 303
        return browser


@contextmanager
def opened(folder: Path, taken_in: Path) -> Iterator[Console]:
    """The console on a copy of the round."""
    shutil.copytree(taken_in, folder)
    world = open_world(plan_in(folder), system_clock)
    add_people(world)
    with serving(world) as port:
        yield Console(world, port)
    world.errands.finish()
    world.ledger.close()
