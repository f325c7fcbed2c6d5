"""What only administrators see: accounts, and the settings as they were read."""

from pipeline.console.world import Answer, GoTo, Page, Visit
from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Role
from pipeline.stages.report import local_time

SHUT = "shut"


def people(visit: Visit) -> Answer:
    """Every account with its role; no password is shown, typed or set here."""
    now = visit.world.clock()
    return Page(
        "people",
        {
            "rows": [
                {
                    "name": account.name,
                    "role": account.role.value,
                    "failures": account.failures,
                    "locked": local_time(account.locked_until)
                    if account.locked_until and account.locked(now)
                    else "",
                    "own": account.name == visit.person.name,
                }
                for account in visit.world.ledger.accounts()
            ],
            "roles": [role.value for role in Role],
        },
    )


def change(visit: Visit) -> Answer:
    """Give an account a role, or no way in; what had locked it is forgotten."""
    name, wanted = visit.sent.get("name", ""), visit.sent.get("role", "")
    if wanted not in {*Role, SHUT}:
        raise PermanentError(f"{wanted}: no role")
    role = None if wanted == SHUT else Role(wanted)
    visit.world.desk.change_account(name, role, visit.word())
    return GoTo("/people?done=account")


def settings(visit: Visit) -> Answer:
    """Every key with its value; of a secret only that it is set."""
    return Page("settings", {"rows": visit.world.enquiries.settings()})
