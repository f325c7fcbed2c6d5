"""The benchmark: 200 typical messages from a real Dovecot, beside a plain script.

    python -m bench.run [--messages 200] [--rounds 3]

Prints seconds, messages a second, ratios and resident memory of each run, and writes
bench/results.md. Ratios of one run hold; absolute figures drift with the machine.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.demo.province_sizes import load_sizes
from pipeline.demo.sample_mails import registered_senders, senders_csv, typical_messages
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import make_certificates
from tests.servers.dovecot import PASSWORD, Dovecot, running_dovecot

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "config"
USER = "khtc"
SEED = 2364


@dataclass(frozen=True)
class Measured:
    """One program's run: wall seconds, and the most memory of it and its children."""

    seconds: float
    program_mb: float
    child_mb: float


def main() -> None:
    """Measure, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="khtc-bench-", dir="/tmp") as scratch:
        lines = measure_all(Path(scratch), asked.messages, asked.rounds)
    text = "\n".join(lines) + "\n"
    (ROOT / "bench" / "results.md").write_text(text, encoding="utf-8")
    print(text)


def measure_all(scratch: Path, messages: int, rounds: int) -> list[str]:
    """Every figure of the results page."""
    certificates = make_certificates(scratch)
    ours: list[Measured] = []
    plain: list[Measured] = []
    nights: list[Measured] = []
    with running_dovecot(certificates) as dovecot, running_aiosmtpd(certificates) as smtp:
        fill(dovecot, messages)
        for number in range(rounds):
            home = scratch / f"round-{number}"
            configuration = configure(home, dovecot, smtp)
            command = [sys.executable, str(ROOT / "run_daemon.py")]
            command += ["--config", str(configuration)]
            ours.append(measure([*command, "once"]))
            nights.append(measure([*command, "consolidate"]))
            script = [sys.executable, str(ROOT / "bench" / "plain_script.py")]
            script += ["127.0.0.1", str(dovecot.imaps), str(certificates.ca_file)]
            script += [USER, PASSWORD, str(home / "plain.db")]
            plain.append(measure(script))
        letters = len(smtp.letters)
    return report(messages, {"ours": ours, "plain": plain, "night": nights}, letters)


def fill(dovecot: Dovecot, count: int) -> None:
    """Typical messages into the submission mailbox."""
    plan_round = load_round(CONFIG / "rounds" / "ke-hoach-2014")
    gazetteer = load_gazetteer(CONFIG / "provinces.csv", CONFIG / "communes.csv")
    sizes = load_sizes(CONFIG)
    box = plan_round.mailbox
    made = typical_messages(count, SEED, plan_round, gazetteer, sizes, box)
    with dovecot.client(USER) as client:
        for mail in made:
            client.append("INBOX", mail.raw, msg_time=mail.sent_at)


def configure(home: Path, dovecot: Dovecot, smtp: AioSmtp) -> Path:
    """A fresh installation that reads the mailbox and answers to the sink."""
    folder = home / "config"
    folder.mkdir(parents=True)
    secret = folder / "mail.secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    gazetteer = load_gazetteer(CONFIG / "provinces.csv", CONFIG / "communes.csv")
    registry = senders_csv(registered_senders(gazetteer, SEED))
    (folder / "senders.csv").write_text(registry, encoding="utf-8")
    path = folder / "daemon.yaml"
    path.write_text(
        f"""
mailbox: {{port: {dovecot.imaps}, ca_file: {dovecot.certificates.ca_file},
  username: {USER}, password_file: config/mail.secret}}
smtp: {{port: {smtp.port}, security: starttls, ca_file: {smtp.certificates.ca_file},
  username: {USER}, password_file: config/mail.secret,
  from_address: phongkh_molisa@yahoo.com}}
""",
        encoding="utf-8",
    )
    return path


def measure(command: list[str]) -> Measured:
    """Run a program to its end, watching its memory and its children's."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    peaks: dict[int, float] = {}
    watcher = threading.Thread(target=watch, args=(process, peaks))
    watcher.start()
    code = process.wait()
    seconds = time.monotonic() - began
    watcher.join()
    if code != 0:
        raise SystemExit(f"{command}: exit {code}")
    children = [mb for pid, mb in peaks.items() if pid != process.pid]
    return Measured(seconds, peaks.get(process.pid, 0.0), max(children, default=0.0))


def watch(process: subprocess.Popen[bytes], peaks: dict[int, float]) -> None:
    """The largest resident memory of a process and its children, by pid."""
    while process.poll() is None:
        for pid in (process.pid, *children_of(process.pid)):
            peaks[pid] = max(peaks.get(pid, 0.0), peak_memory(pid))
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    """The children of a process, by every thread that may have started one."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in listing.read_text().split()]
        except OSError:
            continue
    return found


def peak_memory(pid: int) -> float:
    """VmHWM of a process in MB; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM"))
    return next((int(words[1]) / 1024 for words in lines), 0.0)


def report(messages: int, runs: Mapping[str, list[Measured]], letters: int) -> list[str]:
    """The results page."""
    ours, plain = runs["ours"], runs["plain"]
    ratio = statistics.median(
        p.seconds / o.seconds for o, p in zip(ours, plain, strict=True)
    )
    machine = (
        f"{date.today().isoformat()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {messages} messages of one 9-form workbook each, "
        f"Dovecot over TLS; median of {len(ours)} runs."
    )
    lines = [
        "# First figures",
        "",
        machine,
        "",
        "| program | seconds | messages/s | resident MB | largest child MB |",
        "|---|---|---|---|---|",
    ]
    names = {
        "ours": "`once`: fetch, archive, read, check, answer by SMTP",
        "plain": "plain script: imaplib, pandas.read_excel, insert",
        "night": "`consolidate`: totals, workbook, CSV",
    }
    for key, name in names.items():
        seconds = statistics.median(m.seconds for m in runs[key])
        rate = f"{messages / seconds:.1f}" if key != "night" else "-"
        program = max(m.program_mb for m in runs[key])
        child = max(m.child_mb for m in runs[key])
        lines.append(f"| {name} | {seconds:.2f} | {rate} | {program:.0f} | {child:.0f} |")
    verdict = (
        f"Ours is {ratio:.2f} times as fast as the plain script (median of the paired "
        f"runs) and sent {letters} letters besides."
    )
    return [*lines, "", verdict]


if __name__ == "__main__":
    main()
