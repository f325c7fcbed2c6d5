"""`demo`: a whole round on this machine, told in a few lines."""

import secrets
import sys
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.assembly import CHECKOUT, make_private, open_ledger
from pipeline.cli.console import served
from pipeline.cli.main import FINE, Call
from pipeline.cli.talk import Bar
from pipeline.console.passwords import keep
from pipeline.demo.story import Story, pages_plan, tell_story
from pipeline.domain.people import Role
from pipeline.domain.writing.vietnamese import write_number

AFTER_THE_ROUND = timedelta(days=9)


def demo(call: Call) -> int:
    """Play the round and tell what came of it."""
    wanted = call.arguments.data
    folder = Path(wanted).absolute() if wanted else CHECKOUT / "data" / "demo"
    bars: dict[str, Bar] = {}

    def progress(step: str, done: int, whole: int) -> None:
        bars.setdefault(step, Bar(call.talk, step, whole))(done)

    call.talk.tell("demo.begin")
    story = tell_story(make_private(folder), call.arguments.seed, progress)
    _tell(call, story)
    sys.stdout.flush()
    if sys.stdout.isatty() and not call.arguments.exit:
        _show_pages(call, folder)
    return FINE


def _show_pages(call: Call, folder: Path) -> None:
    """The planner's pages on the round that was played, until Ctrl-C.

    They go on in July 2013, so that what is decided there is not three years late.
    """
    plan = pages_plan(folder, call.arguments.seed)
    ago = call.clock() - (plan.rounds[0].due + AFTER_THE_ROUND)

    def clock() -> datetime:
        return call.clock() - ago

    password = secrets.token_urlsafe(12)
    ledger = open_ledger(plan)
    try:
        ledger.add_account("demo", Role.PLANNER, keep(password), "demo", clock())
    finally:
        ledger.close()
    with served(plan, clock, call.talk) as server:
        call.talk.say("demo.enter", name="demo", password=password)
        server.run()


def _tell(call: Call, story: Story) -> None:
    talk = call.talk
    if story.collected:
        talk.tell("demo.came", collected=story.collected, sent=story.sent)
    else:
        talk.tell("demo.nothing_new")
    talk.tell("demo.ledger", messages=story.messages, states=_listed(call, story.states))
    talk.tell("demo.verdicts", verdicts=_listed(call, story.verdicts, "verdict"))
    talk.tell(
        "demo.provinces",
        provinces=story.provinces,
        complete=story.complete,
        figures=write_number_of(story.figures),
    )
    letters = _listed(call, story.letters, "template")
    talk.tell("demo.letters", count=sum(story.letters.values()), letters=letters)
    talk.tell("demo.totals")
    for total in story.totals:
        talk.tell(
            "demo.total",
            label=_label(call, total.form, total.indicator),
            value=write_number(total.value) if total.value is not None else "-",
            unit=total.unit,
            reported=total.reported,
            expected=total.expected,
        )
    talk.tell("demo.where", workbook=story.workbook or "-", letters=story.letters_folder)
    talk.tell("demo.database", database=story.database)


def write_number_of(count: int) -> str:
    """A count in Vietnamese notation."""
    return f"{count:,}".replace(",", ".")


def _listed(call: Call, counts: object, prefix: str = "state") -> str:
    assert isinstance(counts, dict)
    return ", ".join(
        f"{n} {call.talk.text(f'{prefix}.{name}')}" for name, n in sorted(counts.items())
    )


def _label(call: Call, form: str, indicator: str) -> str:
    return call.plan.rounds[0].form(form).indicator(indicator).label
