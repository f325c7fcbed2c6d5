"""Archives of all kinds in the real parsing child, under its limits."""

import pytest

from pipeline.adapters.worker.parsing_worker import ParsingWorker, WorkerSettings
from pipeline.demo.sample_files import NamedFile
from pipeline.domain.verdict import Parsed
from pipeline.ports import RawMessage
from tests.builders import archives as make
from tests.builders.demo_world import CONFIG
from tests.builders.documents import TABLE, table_page, write_pdf
from tests.builders.mails import OURS, letter, workbooks
from tests.builders.workbooks import ROUND, draw
from tests.builders.workshop import digest_of

(BOOK,), (OTHER,) = workbooks(["PL08"]), workbooks(["PL09"])
# The real child, with an opener of rar that never comes back from one archive.
HANGING = """
import sys; sys.path.insert(0, sys.argv[1])
import time
from pipeline.adapters import archive_openers
from pipeline.adapters.worker import worker_child

real = archive_openers.OPENERS["rar"]

def open_rar(data, name, budget):
    if name == "treo.rar":
        time.sleep(600)
    yield from real(data, name, budget)

worker_child.OPENERS = {**archive_openers.OPENERS, "rar": open_rar}
worker_child.main()
"""


def settings(**changes) -> WorkerSettings:
    return WorkerSettings(
        rounds=(str(CONFIG / "rounds" / "ke-hoach-2014"),),
        provinces=str(CONFIG / "provinces.csv"),
        communes=str(CONFIG / "communes.csv"),
        own_addresses=(OURS,),
        **changes,
    )


def parse(worker: ParsingWorker, *files: NamedFile) -> Parsed:
    raw = letter(files)
    return worker.parse(RawMessage(digest_of(raw), raw, spam_folder=False))


@pytest.fixture(scope="module")
def worker():
    made = ParsingWorker(settings())
    yield made
    made.close()


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("a.7z", make.seven_zip((BOOK.name, BOOK.data))),
        ("a.rar", make.rar((BOOK.name, BOOK.data))),
        ("a.msg", make.outlook(make.attached(BOOK.name, BOOK.data))),
        ("a.zip.rar", make.rar(("b.7z", make.seven_zip((BOOK.name, BOOK.data))))),
    ],
)
def test_a_form_inside_an_archive_is_read(worker, name, packed) -> None:
    parsed = parse(worker, NamedFile(name, packed))
    assert [a.form for a in parsed.appendices] == ["PL08"]
    assert parsed.appendices[0].path.startswith(f"{name}/")


@pytest.mark.parametrize("size", [64 << 20, 190 << 20])
def test_a_bomb_in_a_7z_is_put_out_within_the_limits(worker, size) -> None:
    bomb = make.seven_zip(("PL1.xls", bytes(size)))
    parsed = parse(worker, NamedFile("a.7z", bomb), OTHER)
    assert [(f.code, f.path) for f in parsed.findings][:1] == [("too-big", "a.7z")]
    assert [a.form for a in parsed.appendices] == ["PL09"]


def test_a_rar_that_never_ends_costs_itself_and_not_the_mail() -> None:
    worker = ParsingWorker(settings(program=HANGING, wall_seconds=4.0))
    archive = make.rar((BOOK.name, BOOK.data))
    try:
        parsed = parse(
            worker, NamedFile("treo.rar", archive), NamedFile("tot.rar", archive), OTHER
        )
    finally:
        worker.close()
    assert [(f.code, f.path) for f in parsed.findings][:1] == [("too-big", "treo.rar")]
    assert [a.form for a in parsed.appendices] == ["PL08", "PL09"]
    assert [a.problem for a in parsed.attachments][:1] == ["too-big"]


def test_a_pdf_is_read_within_the_walls(worker) -> None:
    form = ROUND.form("PL09")
    data = write_pdf([table_page(draw(form, TABLE), [form.title])])
    parsed = parse(worker, NamedFile("PL09.pdf", data))
    assert [appendix.form for appendix in parsed.appendices] == ["PL09"]
