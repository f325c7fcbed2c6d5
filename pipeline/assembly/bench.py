"""What messages are judged with: rounds that can work, policy, writers of letters."""

import os
import secrets
import sys
from hashlib import sha256
from pathlib import Path

from pipeline.adapters.letters.letter_message import Letterhead
from pipeline.adapters.letters.letter_writer import JinjaLetterWriter
from pipeline.assembly.plan import CHECKOUT, TEMPLATES, Plan, make_private, registry_path
from pipeline.domain.case import Policy
from pipeline.domain.errors import ConfigError, TransientError
from pipeline.domain.letters.correction import Correction
from pipeline.domain.letters.letter import Enclosure
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.jobs.judge import Bench
from pipeline.jobs.preview_letters import sample_letters
from pipeline.ports import CorrectionWriter
from pipeline.stages.lint_round import lint


def make_bench(plan: Plan) -> Bench:
    """What judging rests on; ConfigError for a round or a template that cannot work."""
    settings = plan.settings
    _refuse_mistaken_rounds(plan)
    writer = _make_writer(plan)
    return Bench(
        rounds=plan.rounds,
        gazetteer=plan.gazetteer,
        senders=plan.senders,
        policy=Policy(
            replies=settings.policy.replies,
            unknown_sender=settings.policy.unknown_sender,
            narrative=settings.policy.narrative,
            letters_per_hour=settings.policy.letters_per_hour,
            units=len(plan.gazetteer.provinces),
        ),
        writer=writer,
        account=plan.account,
        approve_first=settings.policy.approve_first,
        write_correction=_make_correction_writer(writer),
    )


def _refuse_mistaken_rounds(plan: Plan) -> None:
    """ConfigError with the first mistake that `forms check` would list."""
    root = registry_path(plan.settings, "rounds")
    for plan_round in plan.rounds:
        for found in lint(plan_round, plan.gazetteer):
            file = root / plan_round.id / found.file
            raise ConfigError(str(file), found.key, found.problem)


def _make_writer(plan: Plan) -> JinjaLetterWriter:
    """The writer of letters, every template rendered from samples (0.2 s).

    Done once for the same code, templates and round.
    """
    writer = JinjaLetterWriter(TEMPLATES / "letters", make_letterhead(plan))
    for plan_round in plan.rounds:
        grounds = _grounds(plan_round, plan.gazetteer)
        if not writer.proofs.holds(plan_round.id, grounds):
            samples = sample_letters(plan_round, plan.gazetteer, plan_round.due)
            writer.check(draft for _, draft in samples)
            writer.proofs.note(plan_round.id, grounds)
    return writer


def _grounds(plan_round: PlanRound, gazetteer: Gazetteer) -> str:
    """All that decides whether samples can be rendered, as one digest."""
    templates = sorted((TEMPLATES / "letters").glob("*.j2"))
    told = [sys.version, repr(plan_round)]
    told += [repr(gazetteer.provinces), repr(gazetteer.addressing)]
    told += [f"{file.name}: {sha256(file.read_bytes()).hexdigest()}" for file in templates]
    for package in _WRITING:
        for file in sorted((CHECKOUT / "pipeline" / package).rglob("*.py")):
            known = file.stat()
            told.append(f"{file}: {known.st_mtime_ns} {known.st_size}")
    return sha256("\0".join(told).encode()).hexdigest()


_WRITING = ("domain", "stages", "jobs", "adapters/letters")
"""The code that samples are made and rendered by."""


def _make_correction_writer(writer: JinjaLetterWriter) -> CorrectionWriter:
    """The writer of correction workbooks, in the words of the letters."""

    def write(correction: Correction) -> Enclosure:
        # openpyxl is loaded with the first workbook, not at start.
        from pipeline.adapters.letters.correction_workbook import correction_workbook

        return correction_workbook(correction, writer.tell)

    return write


def make_letterhead(plan: Plan) -> Letterhead:
    """Who our letters come from, with the key of their tokens."""
    smtp = plan.settings.smtp
    own = plan.settings.mailbox.addresses or (smtp.from_address,)
    return Letterhead(
        from_name=smtp.from_name,
        from_address=smtp.from_address,
        reply_to=own[0],
        domain=smtp.from_address.rpartition("@")[2],
        secret=_token_key(make_private(plan.settings.data_dir) / "token.key"),
    )


def _token_key(path: Path) -> bytes:
    """The key that our letters' tokens are made with: made once, kept with the data."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    except OSError as error:
        raise TransientError(f"{path}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()
