"""Every address of the console: what stands there, and who may go in."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.console.rooms import (
    administration,
    audit_trail,
    decisions,
    forms,
    ingest_log,
    letters,
    matches,
    message,
    overview,
    provinces,
    register,
    reminders,
    runs,
)
from pipeline.console.world import Answer, Visit
from pipeline.domain.people import Role


@dataclass(frozen=True, slots=True)
class Door:
    """An address; `changes` says that it takes a form and acts on it; `letter`
    that the form may hold a letter's whole text.
    """

    path: str
    show: Callable[[Visit], Answer]
    role: Role = Role.VIEWER
    changes: bool = False
    letter: bool = False


def _act(path: str, do: Callable[[Visit], Answer]) -> Door:
    return Door(path, do, Role.PLANNER, changes=True)


def _write(path: str, do: Callable[[Visit], Answer]) -> Door:
    return Door(path, do, Role.PLANNER, changes=True, letter=True)


DOORS = (
    Door("/", overview.show),
    Door("/pulse", overview.pulse),
    Door("/log", ingest_log.show),
    Door("/messages/{number}", message.show),
    Door("/messages/{number}/forms/{form}", message.show_form),
    Door("/messages/{number}/raw", message.download, Role.PLANNER),
    Door("/provinces/{code}", provinces.show),
    Door("/forms/{form}", forms.show),
    Door("/nation", forms.nation),
    Door("/letters", letters.show),
    Door("/letters/{number}", letters.show_letter),
    Door("/senders", provinces.senders),
    Door("/audit", audit_trail.show, Role.PLANNER),
    Door("/rules", forms.rules),
    Door("/questions", register.show),
    Door("/questions/{number}", register.show_question),
    Door("/matches", matches.show),
    Door("/messages/{number}/difference", message.show_difference, Role.PLANNER),
    Door("/reminders", reminders.show),
    Door("/runs", runs.show),
    Door("/runs/{number}/{file}", runs.download),
    Door("/explain", runs.explain),
    Door("/people", administration.people, Role.ADMINISTRATOR),
    Door("/settings", administration.settings, Role.ADMINISTRATOR),
    Door("/log.csv", ingest_log.export, Role.PLANNER),
    _act("/rules/rule", decisions.rule_on),
    _act("/senders/confirm", decisions.confirm_sender),
    _act("/senders/retire", decisions.retire_sender),
    _act("/messages/{number}/assign", decisions.assign),
    _act("/messages/{number}/hold", decisions.hold),
    _act("/messages/{number}/release", decisions.release),
    _act("/messages/{number}/reprocess", decisions.reprocess),
    _act("/messages/{number}/accept", decisions.accept),
    _act("/messages/{number}/admit", decisions.admit),
    _act("/messages/{number}/waive", decisions.waive),
    _act("/messages/{number}/explained", decisions.rule_on_explanation),
    _act("/provinces/{code}/extend", decisions.extend),
    _act("/matches/confirm", matches.confirm),
    _act("/matches/withdraw", matches.withdraw),
    _write("/letters/{number}/edit", decisions.edit_letter),
    _act("/letters/{number}/release", decisions.release_letter),
    _act("/questions/{number}/assign", register.assign),
    _write("/questions/{number}/answer", register.answer),
    _act("/questions/{number}/close", register.close),
    Door("/people/change", administration.change, Role.ADMINISTRATOR, changes=True),
    _act("/letters/pause", decisions.pause),
    _act("/letters/resume", decisions.resume),
)
