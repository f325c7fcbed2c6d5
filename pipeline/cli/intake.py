"""`run` and `once`: the daemon, and one full cycle of it."""

import os
import signal
from contextlib import closing

from pipeline.adapters.systemd_socket import SystemdSocket
from pipeline.assembly import open_ledger, open_mailbox
from pipeline.cli.console import beside
from pipeline.cli.listening import health_shown
from pipeline.cli.lock import only_one
from pipeline.cli.log_lines import set_up_logging
from pipeline.cli.main import FINE, TRY_LATER, USAGE, Call
from pipeline.daemon import (
    CycleReport,
    HealthWatch,
    WatchedStop,
    open_patiently,
    open_station,
    run_cycle,
    run_forever,
    shown_alive,
)
from pipeline.domain.errors import ConfigError


def run(call: Call) -> int:
    """The daemon until SIGTERM or SIGINT."""
    if os.geteuid() == 0 and not call.arguments.allow_root:
        call.talk.say("run.root")
        return USAGE
    _require_file(call)
    settings, plan = call.settings, call.plan
    set_up_logging(settings.log.level, settings.log.format)
    manager = SystemdSocket(call.environment.get("NOTIFY_SOCKET"))
    stop = WatchedStop(manager)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watch = HealthWatch(plan, call.clock)
    # on PostgreSQL several daemons share the work (ADR 0018)
    shared = settings.database.startswith("postgresql")
    with only_one(settings, shared=shared), health_shown(settings, watch):
        manager.ready()  # a database that is away is waited for, and told of
        station = watch.station = open_patiently(plan, call.clock, stop, watch.tell)
        if station is not None:
            try:
                with shown_alive(station.ledger), beside(call):
                    run_forever(station, watch.tell)
            finally:
                manager.stopping()
                station.close()
    return FINE


def once(call: Call) -> int:
    """One full cycle; 75 when a server was out of reach."""
    _require_file(call)
    plan = call.plan  # what is wrong in a file is told before anything is begun
    set_up_logging(call.settings.log.level, call.settings.log.format)
    if call.arguments.dry_run:
        return _would(call)
    with only_one(call.settings):
        station = open_station(plan, call.clock)
        try:
            with shown_alive(station.ledger):
                report = run_cycle(station)
        finally:
            station.close()
    _tell(call, report)
    if report.trouble is not None:
        call.talk.say("fault.later", problem=call.talk.worded(report.trouble))
        return TRY_LATER
    return FINE


def _tell(call: Call, report: CycleReport) -> None:
    numbers = {
        "collected": report.collected,
        "processed": report.processed,
        "sent": report.sent,
        "waiting": report.waiting,
    }
    if call.talk.machine:
        trouble = None if report.trouble is None else str(report.trouble)
        call.talk.document({**numbers, "trouble": trouble})
    call.talk.tell("once.done", **numbers)


def _would(call: Call) -> int:
    """What a cycle would take in; nothing is stored or sent."""
    plan = call.plan
    # no station: it would take the lead, and free what dead daemons had in hand
    with closing(open_mailbox(plan)) as mailbox, closing(open_ledger(plan)) as ledger:
        new = 0
        for folder in mailbox.folders():
            status = mailbox.examine(folder)
            new += len(set(status.uids) - ledger.placed(folder, status.uidvalidity))
    if call.talk.machine:
        call.talk.document({"new": new})
    call.talk.tell("once.would", new=new)
    return FINE


def _require_file(call: Call) -> None:
    """A daemon without any configuration would poll nobody's mailbox."""
    given = any(name.startswith("INGEST_") for name in call.environment)
    if call.settings.source == "(defaults)" and not given:
        raise ConfigError("config/daemon.yaml", "(file)", call.talk.text("run.no_config"))
