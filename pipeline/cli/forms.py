"""`forms`: lint the round's definitions, write the blanks, start from a blank."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.cli.main import FINE, FOUND, USAGE, Call
from pipeline.cli.naming import round_named
from pipeline.cli.rule_words import list_rules, say_of_rule
from pipeline.domain.errors import PermanentError
from pipeline.stages.lint_round import lint


def forms(call: Call) -> int:
    """One of check, template, import, rules, keep, hold."""
    actions = {
        "check": _check,
        "template": _template,
        "import": _import,
        "rules": list_rules,
        "keep": say_of_rule,
        "hold": say_of_rule,
    }
    return actions[call.arguments.action](call)


def _check(call: Call) -> int:
    """Every mistake in the definitions; 1 when there is one."""
    problems = list(_problems(call))
    for place, key, problem in problems:
        if call.talk.machine:
            call.talk.document({"file": place, "key": key, "problem": problem})
        call.talk.tell(
            "forms.problem", file=place, key=key, problem=call.talk.worded(problem)
        )
    rounds = call.plan.rounds
    call.talk.tell(
        "forms.checked",
        forms=sum(len(plan_round.forms) for plan_round in rounds),
        rows=sum(len(f.indicators) for r in rounds for f in r.forms),
        problems=len(problems),
    )
    return FOUND if problems else FINE


def _problems(call: Call) -> Iterator[tuple[str, str, str]]:
    for plan_round in call.plan.rounds:
        for problem in lint(plan_round, call.plan.gazetteer):
            yield f"{plan_round.id}/{problem.file}", problem.key, problem.problem


def _template(call: Call) -> int:
    """The official blank workbook of a round."""
    from pipeline.adapters.workbook_writing.blank_workbook import write_blank_workbook

    plan_round = round_named(call, call.arguments.round)
    folder = Path(call.arguments.out or ".").absolute()
    target = folder / f"bieu-mau-{plan_round.id}.xlsx"
    if not call.arguments.dry_run:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PermanentError(f"{folder}: {error.strerror}") from error
        write_blank_workbook(target, plan_round)
    if call.talk.machine:
        call.talk.document({"file": str(target), "forms": len(plan_round.forms)})
    phrase = "forms.would_template" if call.arguments.dry_run else "forms.template"
    call.talk.tell(phrase, file=target, forms=len(plan_round.forms))
    return FINE


def _import(call: Call) -> int:
    """Definitions begun from a planner's own blank workbook."""
    from pipeline.adapters.round_definitions.form_scaffold import scaffold, write_scaffold

    blank, out = call.arguments.file, call.arguments.out
    if not blank or not out:
        call.talk.say("forms.import_usage")
        return USAGE
    try:
        data = Path(blank).read_bytes()
    except OSError as error:
        raise PermanentError(f"{blank}: {error.strerror}") from error
    folder = Path(out).absolute()
    if call.arguments.dry_run:
        phrase, names = "forms.would_begin", sorted(scaffold(data, folder.name))
    else:
        phrase, names = "forms.begun", [str(p) for p in write_scaffold(data, folder)]
    for name in names:
        if call.talk.machine:
            call.talk.document({"file": name})
        call.talk.tell(phrase, file=name)
    return FINE
