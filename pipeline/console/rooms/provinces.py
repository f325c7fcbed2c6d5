"""A province with its forms, mails and deadline; the registry of senders."""

from pipeline.console.rooms.overview import cell_of, coverage_of
from pipeline.console.world import Answer, Page, Visit
from pipeline.stages.report import local_time

SHOWN_MAILS = 50


def show(visit: Visit) -> Answer:
    """The page of a province."""
    world = visit.world
    province = world.province(visit.place["code"])
    plan_round = world.round_named(visit.asked.get("round"))
    coverage = coverage_of(world, plan_round)
    own = world.ledger.due(plan_round.id, province.code)
    return Page(
        "province",
        {
            "province": province,
            "round": plan_round,
            "due": local_time(own or plan_round.due),
            "extended": own is not None,
            "forms": [
                {
                    "form": plan_round.form(form),
                    "row": coverage.get((province.code, form)) or {},
                    **cell_of(coverage.get((province.code, form))),
                }
                for form in plan_round.forms_required
            ],
            "mails": world.ledger.log_page({"province": province.code}, None, SHOWN_MAILS),
            "senders": [s for s in _all_senders(visit) if s[1] == province.code],
        },
    )


def senders(visit: Visit) -> Answer:
    """Every address that is believed: those of the file, and those confirmed."""
    names = {p.code: p.name for p in visit.world.gazetteer.provinces}
    return Page("senders", {"senders": _all_senders(visit), "names": names})


def _all_senders(visit: Visit) -> list[tuple[str, str, str, str]]:
    """Address, province, name, who confirmed; a planner's word wins over the file."""
    entries = visit.world.ledger.sender_entries()
    spoken = {entry.sender.address for entry in entries}
    current = [entry.sender for entry in entries if entry.retired_at is None]
    of_file = [s for s in visit.world.senders if s.address.lower() not in spoken]
    listed = [
        (s.address, s.province, s.name, s.confirmed_by or "") for s in (*current, *of_file)
    ]
    return sorted(listed)
