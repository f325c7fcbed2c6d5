"""The mail laboratory: odd mails, robots and people, provinces, forgeries.

    python -m bench.mail.run [--seed 2364] [--each 4] [--mixed 900] [--worst FOLDER]

Prints what was measured and writes bench/mail/results.md; mails that went wrong are kept
in a folder for looking, never in the repository.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.mail.answer_run import may_be_answered, triage_of
from bench.mail.hostile import hostile_mails, is_believed
from bench.mail.hostile import identified as identified_hostile
from bench.mail.odd_mails import odd_mails
from bench.mail.odd_run import OddResults, run_odd_mails
from bench.mail.people import people_mails
from bench.mail.provinces import WhoCase, identified, who_cases
from bench.mail.robots import robot_mails

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Make, read, count, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2364)
    parser.add_argument("--each", type=int, default=4, help="mails for each single trait")
    parser.add_argument("--mixed", type=int, default=900, help="mails with many traits")
    parser.add_argument("--worst", type=Path, help="folder outside the repository")
    asked = parser.parse_args()
    odd = run_odd_mails(odd_mails(asked.seed, asked.each, asked.mixed))
    lines = [f"# Results of the mail laboratory (seed {asked.seed})", ""]
    lines += [*_odd(odd), *_answers(asked.seed), *_provinces(asked.seed), *_hostile()]
    text = "\n".join(lines) + "\n"
    (HERE / "results.md").write_text(text, encoding="utf-8")
    print(text)
    if asked.worst:
        _keep(asked.worst, odd)


def _odd(results: OddResults) -> Iterator[str]:
    wanted = ("whole", "damaged", "held", "limits", "silent", "exception")
    yield "## Odd mails through the worker's child"
    yield ""
    yield "| | mails |\n|---|---|"
    yield f"| all | {len(results.seconds)} |"
    yield from (f"| {name} | {results.outcomes[name]} |" for name in wanted)
    seconds = sorted(results.seconds)
    yield ""
    yield (
        f"Processor time of the child: {seconds[len(seconds) // 2]:.2f} s in the median, "
        f"{seconds[-1]:.2f} s at most ({results.slowest})."
    )
    yield from (f"- {outcome}: {mail.name}" for mail, outcome in results.wrong)
    yield ""


def _answers(seed: int) -> Iterator[str]:
    robots = list(robot_mails())
    talked = [mail for mail in robots if may_be_answered(triage_of(mail.raw))]
    people = list(people_mails(seed))
    silent = [name for name, raw in people if not may_be_answered(triage_of(raw))]
    bare = sum(mail.headers_only for mail in robots)
    yield "## Who is answered"
    yield ""
    yield "| | mails | wrongly treated |\n|---|---|---|"
    yield f"| robots | {len(robots)} | {len(talked)} answered |"
    yield (
        f"| of these by headers alone | {bare} |"
        f" {sum(mail.headers_only for mail in talked)} answered |"
    )
    yield f"| people with a form | {len(people)} | {len(silent)} silenced |"
    yield ""
    yield from _named([*(mail.name for mail in talked), *silent])


def outcome_of(case: WhoCase) -> str:
    """`right`, `needlessly held`, `wrong`, `rightly held` or `guessed`."""
    found = identified(case).province
    if case.expected is None:
        return "rightly held" if found is None else "guessed"
    if found is None:
        return "needlessly held"
    return "right" if found == case.expected else "wrong"


def _provinces(seed: int) -> Iterator[str]:
    cases = [(outcome_of(case), case) for case in who_cases(seed)]
    counts = Counter(outcome for outcome, _ in cases)
    yield "## Which province"
    yield ""
    yield "| | cases |\n|---|---|"
    outcomes = ("right", "needlessly held", "wrong", "rightly held", "guessed")
    yield from (f"| {name} | {counts[name]} |" for name in outcomes)
    yield ""
    bad = (f"{o}: {case.name} ({case.expected})" for o, case in cases if not _fine(o))
    yield from _named(list(bad))


def _fine(outcome: str) -> bool:
    return outcome in ("right", "rightly held")


def _hostile() -> Iterator[str]:
    mails = [(name, identified_hostile(raw)) for name, raw in hostile_mails()]
    believed = [name for name, identity in mails if is_believed(identity)]
    filed = sum(identity.province is not None for _, identity in mails)
    yield "## Hostile senders"
    yield ""
    yield "| | mails |\n|---|---|"
    yield f"| all | {len(mails)} |"
    yield f"| believed to be registered | {len(believed)} |"
    yield f"| filed unverified on other evidence | {filed} |"
    yield ""
    yield from _named(believed)


def _named(names: Sequence[str]) -> Iterator[str]:
    yield from (f"- {name!r}" for name in names[:50])
    if names:
        yield ""


def _keep(folder: Path, odd: OddResults) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, (mail, outcome) in enumerate(odd.wrong):
        (folder / f"{number}-{outcome}.eml").write_bytes(mail.raw)


if __name__ == "__main__":
    main()
