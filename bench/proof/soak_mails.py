"""The mails of the soak: returns of every province, robots, chatter, strangers, ruins."""

from collections.abc import Iterator, Mapping
from random import Random

from pipeline.demo.sample_files import NamedFile
from pipeline.demo.sample_mails import registered_senders
from pipeline.domain.senders.province import Sender
from tests.builders.demo_world import shipped_gazetteer
from tests.builders.mails import figures, letter, workbooks

Files = tuple[NamedFile, ...]
_ROBOT = (("Auto-Submitted", "auto-replied"),)


def soak_mails(dice: Random) -> Iterator[bytes]:
    """Mails without end, no two of the same bytes."""
    senders = registered_senders(shipped_gazetteer(), 1)
    sheets = {s.province: workbooks(["PL08"], province=s.province) for s in senders}
    number = 0
    while True:
        number += 1
        yield _mail(dice, dice.choice(senders), sheets, number)


def _mail(dice: Random, sender: Sender, sheets: Mapping[str, Files], number: int) -> bytes:
    words = {"subject": f"Báo cáo số {number}", "text": f"Lần {number}."}
    whole = letter(sheets[sender.province], sender.address, **words)
    other = figures(sender.province, seed=2 + dice.randrange(3))
    changed = workbooks(["PL08"], other, province=sender.province)
    kinds = {
        whole: 2,
        letter(changed, sender.address, **words): 1,
        letter((), sender.address, headers=_ROBOT, **words): 2,
        letter((), f"ai.do{number}@example.test", **words): 2,
        whole[: dice.randrange(500, len(whole))]: 1,
        dice.randbytes(dice.randrange(1, 5000)) + b"\r\n": 1,
        letter((), sender.address, **words): 1,
    }
    return dice.choices(list(kinds), list(kinds.values()))[0]
