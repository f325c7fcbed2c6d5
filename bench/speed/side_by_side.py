"""Ours beside what people would use instead, in turn in the same run."""

import sys
from pathlib import Path
from statistics import median

from bench.speed.plots import bars
from bench.speed.programs import (
    CONFIG,
    ROOT,
    SEED,
    USER,
    Measured,
    configure,
    daemon,
    measure,
)
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.demo.province_sizes import load_sizes
from pipeline.demo.sample_mails import SampleMail, typical_messages
from tests.servers.aiosmtp import running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import PASSWORD, Dovecot, running_dovecot

_SHORT = {
    "ours": "ours: read, check, file, answer",
    "pandas": "(a) pandas script",
    "calamine": "(b) calamine script",
    "floor": "(c) floor: fetch, store, read",
}
NAMES = {
    "ours": "`once`: fetch, archive, read, check, file, answer by SMTP",
    "pandas": "(a) imaplib, pandas.read_excel (openpyxl), insert",
    "calamine": "(b) the same with the calamine engine",
    "floor": "(c) the floor: fetch, hash, store with fsync, MIME, calamine",
    "night": "`consolidate`: totals, workbook, CSV",
}


def mails(count: int, seed: int = SEED) -> list[SampleMail]:
    """Typical messages: a clean 9-form workbook each."""
    plan_round = load_round(CONFIG / "rounds" / "ke-hoach-2014")
    gazetteer = load_gazetteer(CONFIG / "provinces.csv", CONFIG / "communes.csv")
    box = plan_round.mailbox
    sizes = load_sizes(CONFIG)
    return list(typical_messages(count, seed, plan_round, gazetteer, sizes, box))


def put(dovecot: Dovecot, made: list[SampleMail]) -> None:
    """Messages into the submission mailbox."""
    with dovecot.client(USER) as client:
        for mail in made:
            client.append("INBOX", mail.raw, msg_time=mail.sent_at)


def script(name: str, dovecot: Dovecot, target: Path, *more: str) -> list[str]:
    """The command line of a script that stands beside us."""
    authority = str(dovecot.certificates.ca_file)
    place = ["127.0.0.1", str(dovecot.imaps), authority, USER, PASSWORD]
    return [sys.executable, str(ROOT / "bench" / name), *place, str(target), *more]


def side_by_side(
    scratch: Path, certificates: Certificates, messages: int, rounds: int, plots: Path
) -> list[str]:
    """The section of the results: seconds, rates, memory, ratios by pairs, a picture."""
    runs: dict[str, list[Measured]] = {name: [] for name in NAMES}
    with running_dovecot(certificates) as dovecot, running_aiosmtpd(certificates) as smtp:
        put(dovecot, mails(messages))
        for number in range(rounds):
            home = scratch / f"round-{number}"
            configuration = configure(home, dovecot, smtp)
            plain = "plain_script.py"
            commands = {
                "ours": daemon(configuration, "once"),
                "pandas": script(plain, dovecot, home / "a.db", "openpyxl"),
                "calamine": script(plain, dovecot, home / "b.db", "calamine"),
                "floor": script("floor_script.py", dovecot, home / "floor"),
                "night": daemon(configuration, "consolidate"),
            }
            for name, command in commands.items():
                runs[name].append(measure(command))
        letters = len(smtp.letters)
    section = _section(runs, messages, letters // rounds)
    rates = {
        name: messages / median(run.seconds for run in runs[key])
        for key, name in _SHORT.items()
    }
    title = "Messages a second"
    return [*section, "", bars(plots / "side-by-side.svg", title, rates, "a second")]


def _section(runs: dict[str, list[Measured]], messages: int, letters: int) -> list[str]:
    lines = [
        "## Side by side",
        "",
        (
            f"{messages} messages of one clean 9-form workbook each, Dovecot over TLS, "
            f"median of {len(runs['ours'])} runs in turn. Ours sent {letters} letters a "
            "run besides."
        ),
        "",
        "| program | seconds | messages/s | processor s | resident MB | largest child MB |",
        "|---|---|---|---|---|---|",
    ]
    for key, name in NAMES.items():
        seconds = median(m.seconds for m in runs[key])
        rate = f"{messages / seconds:.1f}" if key != "night" else "-"
        cpu = median(m.cpu for m in runs[key])
        program = max(m.program_mb for m in runs[key])
        child = max(m.child_mb for m in runs[key])
        lines.append(
            f"| {name} | {seconds:.2f} | {rate} | {cpu:.2f} | {program:.0f} | {child:.0f} |"
        )
    lines += ["", "| ratio (median of the pairs) | wall | processor | goal |"]
    lines.append("|---|---|---|---|")
    for key, told, goal in (
        ("pandas", "messages/s, ours to (a)", ">= 1.5, aim 3"),
        ("calamine", "messages/s, ours to (b)", "-"),
        ("floor", "time, ours to (c)", "<= 3"),
    ):
        pairs = list(zip(runs["ours"], runs[key], strict=True))
        wall = median(o.seconds / p.seconds for o, p in pairs)
        cpu = median(o.cpu / p.cpu for o, p in pairs)
        if key != "floor":
            wall, cpu = 1 / wall, 1 / cpu
        lines.append(f"| {told} | {wall:.2f} | {cpu:.2f} | {goal} |")
    return lines
