"""Processor time from the bytes of a mail to the child's answer, for one nine-form .xlsx.

    python -m bench.reading.speed [--mails 40] [--times 5]

Typical returns of the demo, no two alike, read in this process as the worker's child reads
them, beside what pandas takes merely to read the same sheets.
"""

import argparse
import gc
import io
import statistics
import time
from collections.abc import Callable, Sequence

import pandas as pd

from bench.reading.cases import World, load_world
from pipeline.adapters.json_wire import written
from pipeline.adapters.worker.message_parser import MessageParser
from pipeline.demo.sample_mails import typical_messages
from pipeline.domain.mail.file_type import sniff
from pipeline.domain.mail.message import Part
from pipeline.stages.check import CheckContext, check
from pipeline.stages.decode import decode

SEED = 2364
NEW_OBJECTS = 20_000  # between two collections, as in the child


def typical_mails(world: World, count: int) -> list[bytes]:
    """Mails with one workbook of all forms."""
    mails = typical_messages(
        count, SEED, world.plan_round, world.gazetteer, world.sizes, "khtc@molisa.gov.vn"
    )
    return [mail.raw for mail in mails]


def spent(action: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    began = time.process_time()
    action()
    return 1000 * (time.process_time() - began)


def report(name: str, times: Sequence[float]) -> None:
    """The median and the quickest tenth: others on the machine only make it slower."""
    tenth = sorted(times)[len(times) // 10]
    print(f"{name:32} {statistics.median(times):6.1f} ms  {tenth:6.1f} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=40)
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    world = load_world()
    mails = typical_mails(world, asked.mails)
    reader = MessageParser((world.plan_round,), world.gazetteer)
    context = CheckContext(world.plan_round, "02", world.gazetteer)
    forms = [reader.parse("", mail).appendices for mail in mails]
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    parsed, checked, answered = [], [], []
    for _ in range(asked.times):
        for mail, appendices in zip(mails, forms, strict=True):
            parsed.append(spent(lambda mail=mail: reader.parse("", mail)))
            checked.append(spent(lambda rows=appendices: check(rows, context)))
            answer = reader.parse("", mail)
            answered.append(spent(lambda answer=answer: written({"parsed": answer})))
    print(f"{'':32} median     quickest tenth")
    report("bytes to checked rows", parsed)
    report("of these the rules", checked)
    report("to JSON", answered)
    books = [part.data for mail in mails for part in decode(mail).parts if _is_book(part)]
    report("pandas.read_excel, nine sheets", [spent(_read(data)) for data in books])


def _is_book(part: Part) -> bool:
    return sniff(part.data, part.name) == "xlsx"


def _read(data: bytes) -> Callable[[], object]:
    return lambda: pd.read_excel(
        io.BytesIO(data), sheet_name=None, header=None, engine="openpyxl"
    )


if __name__ == "__main__":
    main()
