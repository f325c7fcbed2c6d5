"""The daemon: one full cycle, and the timetable that repeats it until SIGTERM."""

from pipeline.daemon.cycle import CycleReport, run_cycle
from pipeline.daemon.daily import consolidate_if_due, remind_if_due, tell_planners_if_due
from pipeline.daemon.health import HealthWatch
from pipeline.daemon.leadership import LEADER_FILE, shown_alive
from pipeline.daemon.station import Station, open_patiently, open_station
from pipeline.daemon.timetable import run_forever
from pipeline.daemon.watchdog import WatchedStop

__all__ = [
    "LEADER_FILE",
    "CycleReport",
    "HealthWatch",
    "Station",
    "WatchedStop",
    "consolidate_if_due",
    "open_patiently",
    "open_station",
    "remind_if_due",
    "run_cycle",
    "run_forever",
    "shown_alive",
    "tell_planners_if_due",
]
