"""`history import`: the figures of an earlier round, for rules that look back."""

import tempfile
from pathlib import Path

from pipeline.adapters.round_definitions.history_file import history_file, read_history
from pipeline.assembly import copy_plan, open_ledger
from pipeline.cli.decisions import who
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import round_named


def history(call: Call) -> int:
    """Import a CSV file of figures of the round before; with -n into a copy."""
    plan_round = round_named(call, call.arguments.round)
    path = Path(call.arguments.file)
    figures = read_history(path, plan_round, call.plan.gazetteer)
    file = history_file(path)
    with tempfile.TemporaryDirectory(prefix="khtc-") as scratch:
        dry = call.arguments.dry_run
        ledger = open_ledger(copy_plan(call.plan, Path(scratch)) if dry else call.plan)
        try:
            by, now = who(call), call.clock()
            replaced = ledger.import_history(plan_round.id, figures, by, now, file)
        finally:
            ledger.close()
    answer = {
        "round": plan_round.id,
        "figures": len(figures),
        "provinces": len({figure.province for figure in figures}),
        "replaced": replaced,
        "dry_run": dry,
    }
    if call.talk.machine:
        call.talk.document(answer)
    call.talk.tell("history.dry" if dry else "history.done", **answer)
    return FINE
