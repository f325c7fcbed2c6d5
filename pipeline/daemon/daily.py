"""What the daemon does once a day: the night run, and the reminders.

What is due is decided from the ledger, never from the memory of this process: a missed
night is caught up after a restart.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from pipeline.assembly import make_consolidation, make_digests, make_purge, make_reminders
from pipeline.daemon.station import Station
from pipeline.domain.errors import PermanentError, PipelineError
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.question_register import overdue
from pipeline.jobs.audit import audit_ledger
from pipeline.jobs.consolidate import (
    ConsolidateReport,
    consolidate,
    due,
    last_night,
)
from pipeline.jobs.purge import last_certain, purge
from pipeline.jobs.remind import RemindReport, remind
from pipeline.jobs.send_digest import send_digests

log = logging.getLogger("khtc.daemon")

NIGHT_RUN_AWAITED = timedelta(hours=2)
NAMED_AT_MOST = 20
UNWRITTEN = "reminders not written: "
SEEN_WITHIN = timedelta(minutes=15)


def consolidate_if_due(station: Station) -> list[ConsolidateReport]:
    """The night run of every round whose night has passed without one.

    A round that fails keeps neither the others nor the audit back; the first trouble is
    raised when all that can be done is done, and that round stays due.
    """
    settings, now = station.plan.settings, station.clock()
    at, zone = settings.schedule.consolidate_at, ZoneInfo(settings.schedule.timezone)
    reports: list[ConsolidateReport] = []
    troubles: list[PipelineError] = []
    for plan_round in station.plan.rounds if station.leadership.look() else ():
        if due(station.ledger.last_run(plan_round.id), now, at, zone):
            try:
                reports.append(_consolidate(station, plan_round))
            except PipelineError as trouble:
                log.warning("the night run of %s: %s", plan_round.id, trouble)
                troubles.append(trouble)
    if not reports and not troubles:
        return reports
    station.beat("consolidate", next(iter(troubles), None))
    audited, _ = station.ledger.beats().get("audit", (None, ""))
    if due(audited, now, at, zone):
        _name_overdue(station)
        _audit(station)
        _purge(station)
    if troubles:
        raise troubles[0]
    return reports


def _audit(station: Station) -> None:
    """Once a night: whether ledger and archive agree; the heartbeat keeps the outcome.

    What another process takes in meanwhile may look wrong: only what two looks find
    counts.
    """
    look = partial(
        audit_ledger,
        station.ledger,
        station.shop.archive,
        journal=station.journal,
        step=station.stop.is_set,  # a sign of life
    )
    try:
        report = look()
        if report.problems:
            report = look()
    except PermanentError as fault:  # a sidecar that nobody can read
        station.beat("audit", fault)
        return
    kinds = Counter(problem["what"] for problem in report.problems)
    said = ", ".join(f"{what} {count}" for what, count in sorted(kinds.items()))
    trouble = PermanentError(f"out of balance: {said}; run `audit`") if kinds else None
    station.beat("audit", trouble)


def _purge(station: Station) -> None:
    """Once a night, where it is configured: what has been kept long enough goes.

    What it does not come to before we are told to stop, or another leads, goes next night.
    """
    if not station.plan.settings.retention.nightly:
        return
    desk, now = make_purge(station.plan, station.ledger), station.clock()
    report = purge(
        desk,
        "daemon",
        now,
        dry_run=False,
        aged_by=last_certain(station.ledger, now),
        stop=lambda: station.stop.is_set() or not station.leadership.look(),
    )
    log.info("purged %d raw mails, %d folders", len(report.mails), len(report.exports))


def _name_overdue(station: Station) -> None:
    """Once a night: what localities asked and should have been answered."""
    late = overdue(station.ledger.questions(), station.clock())
    if late:
        numbers = ", ".join(str(question.id) for question in late)
        log.warning("%d questions or recommendations are overdue: %s", len(late), numbers)


def _consolidate(station: Station, plan_round: PlanRound) -> ConsolidateReport:
    work = make_consolidation(station.plan, station.ledger, plan_round)
    return consolidate(work, station.clock())


def tell_planners_if_due(station: Station) -> int:
    """The night digest, once a night, when the night run is made; letters put out.

    The heartbeat of one that went well says that a night is done. Where the night run
    fails for hours, planners are told without it.
    """
    settings, now = station.plan.settings, station.clock()
    at, zone = settings.schedule.consolidate_at, ZoneInfo(settings.schedule.timezone)
    told, outcome = station.ledger.beats().get("digest", (None, "ok"))
    night = last_night(now, at, zone)
    if outcome == "ok" and not due(told, now, at, zone):
        return 0
    runs = (station.ledger.last_run(each.id) for each in station.plan.rounds)
    if now - night < NIGHT_RUN_AWAITED and any(due(run, now, at, zone) for run in runs):
        return 0
    desk = make_digests(station.plan, station.ledger, station.shop.bench)
    if not station.leadership.look():
        return 0
    try:
        letters = send_digests(desk, night, now)
    except PipelineError as trouble:
        station.beat("digest", trouble)
        raise
    station.beat("digest", None)
    return letters


def remind_if_due(station: Station) -> RemindReport | None:
    """The reminders of a day, if its hour has come and the office is open.

    The heartbeat of a run that went well says that a day is done. Steps are kept by the
    ledger: a run that is repeated makes nothing twice.
    """
    settings, now = station.plan.settings, station.clock()
    schedule = settings.schedule
    desk = make_reminders(station.plan, station.ledger, station.shop.bench)
    if settings.policy.replies == "off" or not desk.hours.calendar.is_open(now):
        return None
    beats = station.ledger.beats()
    at, outcome = beats.get("remind", (None, "ok"))
    last = at if outcome == "ok" or outcome.startswith(UNWRITTEN) else None
    if not due(last, now, schedule.remind_at, ZoneInfo(schedule.timezone)):
        return None
    if not _has_seen_all(station, beats):
        return None  # what we cannot read may have come: nobody is told that it has not
    if not station.leadership.look():
        return None
    try:
        report = remind(desk, now)
    except PipelineError as trouble:
        station.beat("remind", trouble)
        raise
    station.beat("remind", _left_out(report))
    _tell(report)
    return report


def _left_out(report: RemindReport) -> PipelineError | None:
    """What to see in the heartbeat: the day is done, but not for these provinces."""
    if not report.faulty:
        return None
    codes = [reminder.note.province for reminder, _ in report.faulty[:NAMED_AT_MOST]]
    _, fault = report.faulty[0]
    about = f"{len(report.faulty)} provinces, {', '.join(codes)}: {fault}"
    return PermanentError(f"{UNWRITTEN}{about}")


def _has_seen_all(station: Station, beats: Mapping[str, tuple[datetime, str]]) -> bool:
    """Whether the mailbox was read just now, and all that came is decided."""
    at, outcome = beats.get("collect", (None, ""))
    if at is None or outcome != "ok":
        return False
    poll = timedelta(seconds=station.plan.settings.mailbox.poll_seconds)
    if station.clock() - at > max(SEEN_WITHIN, 3 * poll):
        return False
    waiting = station.ledger.messages({"state": "received", "limit": "1"})
    return next(iter(waiting), None) is None


def _tell(report: RemindReport) -> None:
    if report.written:
        letters = sum(len(reminder.letters) for reminder in report.written)
        log.info("%d reminders to %d provinces", letters, len(report.written))
    for reminders, what in (
        (report.unaddressed, "to remind have no known address"),
        (report.undecided, "are not reminded: a mail of theirs waits for a planner"),
    ):
        codes = [reminder.note.province for reminder in reminders]
        if codes:
            more = " ..." if len(codes) > NAMED_AT_MOST else ""
            named = ", ".join(codes[:NAMED_AT_MOST]) + more
            log.warning("%d provinces %s: %s", len(codes), what, named)
