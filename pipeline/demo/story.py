"""The demo's story: a round from the first mail to the national workbook, in July 2013.

Only the servers are small: mail goes in by SMTP, is collected by IMAP, answered by SMTP
and consolidated through the very parts that serve in production.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.assembly import CHECKOUT, Plan, read_plan
from pipeline.daemon import Station, consolidate_if_due, open_station, run_cycle
from pipeline.demo.office_mail import SampleMail
from pipeline.demo.province_sizes import load_sizes
from pipeline.demo.sample_cast import registered_senders
from pipeline.demo.sample_mails import sample_round
from pipeline.demo.servers import EmbeddedMail
from pipeline.domain.errors import TransientError
from pipeline.domain.total import Level, Total
from pipeline.settings import ConsoleSettings, MailboxSettings, Settings, SmtpSettings

Progress = Callable[[str, int, int], None]
A_MOMENT = timedelta(minutes=5)


@dataclass(slots=True)
class SimulatedClock:
    """A clock that stands until it is set: the demo takes place in July 2013."""

    now: datetime

    def __call__(self) -> datetime:
        """The simulated moment."""
        return self.now


@dataclass(frozen=True, slots=True)
class Story:
    """What there is to tell at the end; counts are of the whole ledger.

    `collected` is what this run found new. `letters` counts by template what lies in
    the provinces' mailboxes.
    """

    collected: int
    sent: int
    messages: int
    states: Mapping[str, int]
    verdicts: Mapping[str, int]
    letters: Mapping[str, int]
    provinces: int
    complete: int
    figures: int
    totals: tuple[Total, ...]
    workbook: Path | None
    letters_folder: Path
    database: Path


def tell_story(folder: Path, seed: int, progress: Progress) -> Story:
    """Play the round in a folder; twice in a row finds nothing new.

    `progress` hears the name of a step and how far it is. ConfigError without the
    extra `demo`; TransientError when a server of the demo does not answer.
    """
    plan = read_plan(Settings(source="(demo)", registry=CHECKOUT / "config"))
    mails = _mails(plan, seed, progress)
    address = plan.rounds[0].mailbox
    clock = SimulatedClock(mails[0].sent_at)
    with EmbeddedMail(address, folder / "letters") as servers:
        station = open_station(_demo_plan(plan, folder, servers, seed), clock)
        try:
            return _play(station, servers, mails, clock, progress)
        finally:
            station.close()


def pages_plan(folder: Path, seed: int) -> Plan:
    """The plan of a round that was played: no servers any more, any free port."""
    settings = Settings(
        source="(demo)",
        registry=CHECKOUT / "config",
        data_dir=folder,
        database=f"sqlite:///{folder / 'ingest.db'}",
        console=ConsoleSettings(port=0),
    )
    plan = read_plan(settings)
    return replace(plan, senders=registered_senders(plan.gazetteer, seed))


def _mails(plan: Plan, seed: int, progress: Progress) -> tuple[SampleMail, ...]:
    plan_round = plan.rounds[0]
    sizes = load_sizes(CHECKOUT / "config")
    return sample_round(
        plan_round,
        plan.gazetteer,
        sizes,
        seed,
        plan_round.mailbox,
        lambda done, whole: progress("demo.writing", done, whole),
    )


def _demo_plan(plan: Plan, folder: Path, servers: EmbeddedMail, seed: int) -> Plan:
    """The plan with the demo's servers, senders and data folder in it."""
    settings = Settings(
        source="(demo)",
        registry=CHECKOUT / "config",
        data_dir=folder,
        database=f"sqlite:///{folder / 'ingest.db'}",
        mailbox=MailboxSettings(
            host=servers.host,
            port=servers.imap_port,
            security="none",
            username=servers.address,
            password=servers.password,
        ),
        smtp=SmtpSettings(
            host=servers.host,
            port=servers.smtp_port,
            security="none",
            username=servers.address,
            password=servers.password,
            from_address=servers.address,
        ),
    )
    senders = registered_senders(plan.gazetteer, seed)
    return replace(plan, settings=settings, senders=senders)


def _play(
    station: Station,
    servers: EmbeddedMail,
    mails: Iterable[SampleMail],
    clock: SimulatedClock,
    progress: Progress,
) -> Story:
    """Day by day: what comes is answered the same evening; at the end, the night."""
    collected = sent = done = 0
    ordered = list(mails)
    for _, day in groupby(ordered, key=lambda mail: mail.sent_at.date()):
        for mail in day:
            clock.now = mail.sent_at + A_MOMENT
            servers.deliver(mail.sender, mail.recipient, mail.raw, mail.sent_at)
            done += 1
            progress("demo.playing", done, len(ordered))
        report = run_cycle(station)
        if report.trouble is not None:
            raise TransientError(f"the demo's own servers failed: {report.trouble}")
        collected += report.collected
        sent += report.sent
    clock.now = clock.now.replace(hour=2, minute=0) + timedelta(days=1)
    consolidate_if_due(station)
    return _sum_up(station, servers, collected, sent)


def _sum_up(station: Station, servers: EmbeddedMail, collected: int, sent: int) -> Story:
    rows = list(station.ledger.messages({}))
    plan = station.plan
    plan_round = plan.rounds[0]
    coverage = list(station.ledger.coverage(plan_round.id))
    exports = plan.settings.data_dir / "exports" / plan_round.id / "latest"
    return Story(
        collected=collected,
        sent=sent,
        messages=len(rows),
        states=Counter(row["state"] for row in rows),
        verdicts=Counter(row["verdict"] for row in rows if row["state"] == "filed"),
        letters=Counter(_delivered(station, servers)),
        provinces=len({r["province_code"] for r in coverage if r["state"] != "missing"}),
        complete=len(_complete(coverage)),
        figures=sum(1 for _ in station.ledger.figures(plan_round.id, None)),
        totals=tuple(_key_totals(station)),
        workbook=next(iter(sorted(exports.glob("*.xlsx"))), None),
        letters_folder=plan.settings.data_dir / "letters",
        database=plan.settings.data_dir / "ingest.db",
    )


def _delivered(station: Station, servers: EmbeddedMail) -> Iterator[str]:
    """The template of every letter that the ledger says was sent and a mailbox holds."""
    held = {address: len(servers.letters_for(address)) for address in servers.addresses()}
    for row in station.ledger.outbox():
        if row["state"] == "sent" and held.get(row["recipient"], 0) > 0:
            held[row["recipient"]] -= 1
            yield row["template"]


def _complete(coverage: Iterable[Mapping[str, Any]]) -> set[str]:
    lacking = {r["province_code"] for r in coverage if r["state"] != "accepted"}
    return {r["province_code"] for r in coverage} - lacking


def _key_totals(station: Station) -> Iterator[Total]:
    """The national plan figures of the summary form's sums, as they stand."""
    from pipeline.adapters.national.national_tables import consolidate_figures

    plan = station.plan
    plan_round = plan.rounds[0]
    form = plan_round.form(plan_round.forms_required[0])
    figures = [f for f in station.ledger.figures(plan_round.id, None) if f.form == form.id]
    column = next(c.key for c in form.value_columns if c.year == 0)
    for total in consolidate_figures(figures, plan_round, plan.gazetteer):
        wanted = total.level is Level.NATIONAL and total.column == column
        if wanted and total.form == form.id and total.method.value == "sum":
            yield total
