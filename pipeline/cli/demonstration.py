"""`demo`: a whole round on this machine, told in a few lines."""

import sys
from pathlib import Path

from pipeline.assembly import CHECKOUT, make_private
from pipeline.cli.main import FINE, Call
from pipeline.cli.talk import Bar
from pipeline.demo.story import Story, tell_story
from pipeline.domain.writing.vietnamese import write_number


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
    return FINE


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
    letters = ", ".join(f"{n} {name}" for name, n in sorted(story.letters.items()))
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
