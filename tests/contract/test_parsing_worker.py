"""The real child process against hostile mail: a file costs itself, never the message."""

import os
import shutil
import sys
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from pipeline.adapters.json_wire import written
from pipeline.adapters.worker import parsing_worker
from pipeline.adapters.worker.frames import BrokenPipeOfFramesError, pack, take
from pipeline.adapters.worker.parsing_worker import (
    FILES_GIVEN_UP,
    ParsingWorker,
    WorkerSettings,
)
from pipeline.adapters.worker.worker_pool import AHEAD, WorkerPool
from pipeline.assembly import open_ledger, open_workshop
from pipeline.demo.sample_files import NamedFile
from pipeline.domain.errors import (
    LimitError,
    PermanentError,
    TransientError,
    WorkerBugError,
    WorkerDiedError,
)
from pipeline.domain.plan.finding import Severity
from pipeline.domain.verdict import Parsed
from pipeline.domain.wire import to_wire
from pipeline.ports import RawMessage
from tests.builders import decisions as make
from tests.builders.bombs import BOMBS
from tests.builders.demo_world import CONFIG
from tests.builders.mails import OURS, letter, narrative, workbooks
from tests.builders.mock_workers import MOCK_CHILD, fake_child, mock
from tests.builders.workshop import digest_of
from tests.servers.console_world import plan_in
from tests.servers.kernel import offered_walls

GOOD = workbooks(["PL09"])
PLAIN = WorkerSettings(
    rounds=(str(CONFIG / "rounds" / "ke-hoach-2014"),),
    provinces=str(CONFIG / "provinces.csv"),
    communes=str(CONFIG / "communes.csv"),
    own_addresses=(OURS,),
)


def settings(**changes) -> WorkerSettings:
    return replace(PLAIN, **changes)


def message(raw: bytes, spam_folder: bool = False) -> RawMessage:
    return RawMessage(digest_of(raw), raw, spam_folder)


def mail(*files: NamedFile, **changes) -> RawMessage:
    return message(letter(files, **changes))


@pytest.fixture(scope="module")
def worker():
    """A child as it serves in production."""
    made = ParsingWorker(PLAIN)
    yield made
    made.close()


@pytest.fixture(scope="module")
def mocked():
    """A child that does what a mock file tells it, with little patience."""
    made = ParsingWorker(settings(program=MOCK_CHILD, wall_seconds=2.0))
    yield made
    made.close()


def forms(parsed: Parsed) -> list[str]:
    return [appendix.form for appendix in parsed.appendices]


def files_at_fault(parsed: Parsed) -> list[tuple[str, str | None]]:
    return [(f.code, f.path) for f in parsed.findings if f.severity is Severity.FATAL]


def child_of(worker: ParsingWorker) -> int:
    assert worker._child is not None
    return worker._child.pid


@pytest.mark.fault("F-S10-1", "T-13")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_beside_a_good_workbook_costs_only_itself(worker, name) -> None:
    parsed = worker.parse(mail(NamedFile(name, BOMBS[name]()), *GOOD))
    assert forms(parsed) == ["PL09"]
    named = [f.code for f in parsed.findings if (f.path or "").startswith(name)]
    assert named
    assert set(named) <= {"too-big", "unreadable-file", "form-unrecognised"}
    assert forms(worker.parse(mail(*GOOD))) == ["PL09"]


@pytest.mark.parametrize(
    "name", ["many-cells.xlsx", "shared-strings.xlsx", "inflating.zip", "crowded.zip"]
)
def test_what_is_past_the_bounds_is_called_too_big(worker, name) -> None:
    parsed = worker.parse(mail(NamedFile(name, BOMBS[name]())))
    assert files_at_fault(parsed) == [("too-big", name)]


@pytest.mark.fault("F-S8-1", "T-09")
@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("hang", "too-big"),
        ("spin", "too-big"),
        ("killed", "too-big"),
        ("out_of_time", "too-big"),
        ("devour", "too-big"),
        ("abort", "unreadable-file"),
        ("leave", "unreadable-file"),
        ("chatter", "empty-file"),
    ],
)
def test_a_file_that_takes_the_child_down_is_named_and_the_rest_is_read(
    mocked, deed, code
) -> None:
    parsed = mocked.parse(mail(mock(deed), *GOOD, narrative()))
    assert files_at_fault(parsed) == [(code, "mock.xls")]
    assert forms(parsed) == ["PL09"]
    attachment = next(a for a in parsed.attachments if a.path == "mock.xls")
    assert (attachment.problem, attachment.role.value) == (code, "workbook")
    assert forms(mocked.parse(mail(*GOOD))) == ["PL09"]


def test_two_such_files_are_both_named(mocked) -> None:
    parsed = mocked.parse(mail(mock("leave", "a.xls"), mock("abort", "b.xls"), *GOOD))
    assert files_at_fault(parsed) == [
        ("unreadable-file", "a.xls"),
        ("unreadable-file", "b.xls"),
    ]
    assert forms(parsed) == ["PL09"]


@pytest.mark.fault("T-09")
def test_all_attempts_at_a_message_together_have_an_end(mocked) -> None:
    slow = [mock("hang", f"{n}.xls") for n in range(4)]
    started = time.monotonic()
    with pytest.raises(LimitError, match="too long"):
        mocked.parse(mail(*slow))
    assert time.monotonic() - started < 60


@pytest.mark.fault("T-26")
@pytest.mark.parametrize(
    ("deed", "told"),
    [("bug", "KeyError at "), ("panic", "BaseException at "), ("big_file", "OSError at ")],
)
def test_a_bug_is_told_with_its_place_and_no_value_and_the_child_serves_on(
    mocked, deed, told
) -> None:
    mocked.parse(mail(*GOOD))
    before = child_of(mocked)
    with pytest.raises(WorkerBugError) as fault:
        mocked.parse(mail(mock(deed)))
    assert str(fault.value).startswith(told)
    assert "48213" not in str(fault.value)
    assert forms(mocked.parse(mail(*GOOD))) == ["PL09"]
    assert child_of(mocked) == before


def test_a_message_past_the_limits_is_refused_whole(worker) -> None:
    fat = b"X-Filler: " + b"a" * (300 * 1024) + b"\r\n" + letter(GOOD)
    with pytest.raises(LimitError):
        worker.parse(message(fat))


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 500, b"From: a@b.vn\n\nxin chao"])
def test_garbage_is_read_as_far_as_it_goes(worker, raw) -> None:
    assert worker.parse(message(raw)).appendices == ()


def test_the_spam_folder_is_told_to_the_child(worker) -> None:
    raw = letter((), text="Mua ngay", subject="Khuyến mại", sender="a@b.example")
    assert worker.parse(message(raw, spam_folder=True)).triage.kind.value == "spam"


def limits_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:26].strip(): line[26:47].strip() for line in lines}


@pytest.mark.fault("T-12")
def test_the_warm_child_has_limits_no_environment_and_no_file_of_ours(
    worker, tmp_path
) -> None:
    with (tmp_path / "secret").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        worker.close()
        worker.parse(mail(*GOOD))
        pid = child_of(worker)
        open_files = [str(p.readlink()) for p in Path(f"/proc/{pid}/fd").iterdir()]
    limits = limits_of(pid)
    assert limits["Max address space"] == str(1 << 30)
    assert limits["Max file size"] == str(16 * 1024 * 1024)
    assert limits["Max core file size"] == "0"
    assert limits["Max open files"] == "64"
    assert limits["Max processes"] == "0"
    assert int(limits["Max cpu time"]) <= 60
    assert Path(f"/proc/{pid}/environ").read_bytes() == b"LANG=C.UTF-8\0"
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    assert not [name for name in open_files if "secret" in name]


@pytest.mark.fault("T-12")
@pytest.mark.parametrize(
    ("deed", "wall"),
    [
        ("call", "seccomp"),
        ("pair", "seccomp"),
        ("fork", "seccomp"),
        ("become", "seccomp"),
        ("start", "seccomp"),
        ("signal_daemon", "seccomp"),
        ("open_up", "seccomp"),
        ("read_environment", "landlock"),
        ("write", "landlock"),
        ("make_folder", "landlock"),
    ],
)
def test_code_run_by_a_file_reaches_nothing_outside_the_child(mocked, deed, wall) -> None:
    """As far as this machine's kernel offers the wall; `doctor` tells where it does not."""
    mocked.parse(mail(*GOOD))
    before = child_of(mocked)
    assert mocked.walls == offered_walls()
    if wall not in mocked.walls:
        return
    with pytest.raises(WorkerBugError, match=f"PermissionError at .* {deed}"):
        mocked.parse(mail(mock(deed)))
    assert child_of(mocked) == before


@pytest.mark.fault("T-12")
@pytest.mark.parametrize("forbidden", [False, True])
def test_the_child_keeps_what_it_compiled_of_our_program_and_nothing_after_a_mail(
    tmp_path, monkeypatch, forbidden
) -> None:
    """What is compiled anew at each start takes half as long again; a file adds nothing."""
    shutil.copytree(
        parsing_worker.ROOT / "pipeline",
        tmp_path / "pipeline",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (tmp_path / "late.py").write_text("LATE = True\n")
    monkeypatch.setattr(parsing_worker, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", forbidden)
    late = "def bug(): import late; return {}['cell 48213']"
    program = MOCK_CHILD.replace('def bug(): return {}["cell 48213"]', late)
    made = ParsingWorker(settings(program=program))
    try:
        made.parse(mail(*GOOD))
        kept = {path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")}
        with pytest.raises(WorkerBugError, match=r"KeyError at .* bug"):
            made.parse(mail(mock("bug")))
        after = {path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")}
    finally:
        made.close()
    assert kept == after
    assert ("workbook_reader" in kept) is not forbidden
    assert "late" not in after


@pytest.mark.fault("F-X-1")
def test_a_child_killed_between_messages_is_replaced_unseen(worker) -> None:
    worker.parse(mail(*GOOD))
    before = child_of(worker)
    os.kill(before, 9)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert forms(worker.parse(mail(*GOOD))) == ["PL09"]
    assert child_of(worker) != before


def whole(**changes) -> dict:
    return to_wire(make.parsed()) | changes


def answering(answer: str) -> ParsingWorker:
    return ParsingWorker(settings(program=fake_child(answer), wall_seconds=2.0))


@pytest.mark.fault("F-S10-5")
def test_a_child_without_memory_is_replaced() -> None:
    worker = answering("say(pack_json({'memory': 'too much of it'}))")
    try:
        with pytest.raises(LimitError, match="too much of it"):
            worker.parse(mail())
        assert worker._child is None
    finally:
        worker.close()


@pytest.mark.fault("F-S8-1")
@pytest.mark.parametrize(
    "answer",
    [
        "say(pack_json({}))",
        "say(pack_json({'parsed': None}))",
        "say(pack_json({'parsed': {'digest': header['digest']}}))",
        f"say(pack_json({{'parsed': {whole()!r}}}))",
    ],
)
def test_an_answer_of_another_shape_or_message_is_our_bug(answer) -> None:
    worker = answering(answer)
    try:
        with pytest.raises(WorkerBugError):
            worker.parse(mail())
        assert worker._child is None
    finally:
        worker.close()


@pytest.mark.parametrize(
    "answer",
    [
        "say(pack(b'no json'))",
        "say(pack(b'[1]'))",
        "say(pack(b'[' * 100000))",
        "say(b'\\xff\\xff\\xff\\xff')",
        "say(b'\\x00\\x00')",
        "say(b'\\x00\\x00\\x00\\x09only')",
        "",
    ],
)
def test_a_child_that_ends_without_a_word_twice_is_worker_died(answer) -> None:
    worker = answering(f"{answer}; sys.exit(3)" if answer else "sys.exit(3)")
    try:
        with pytest.raises(WorkerDiedError):
            worker.parse(mail())
    finally:
        worker.close()


@pytest.mark.fault("F-S8-1")
def test_a_child_that_says_no_json_and_lives_is_not_waited_for() -> None:
    worker = answering("say(pack(b'no json')); import time; time.sleep(60)")
    try:
        with pytest.raises(WorkerDiedError, match="None"):
            worker.parse(mail())
    finally:
        worker.close()


def test_a_child_that_dies_before_it_has_taken_a_large_message_is_replaced() -> None:
    dies = fake_child("", ready="say(pack_json({'ready': True})); take(read); sys.exit(1)")
    worker = ParsingWorker(settings(program=dies))
    with pytest.raises(WorkerDiedError):
        worker.parse(mail(NamedFile("a.bin", bytes(1 << 20))))
    worker.close()


@pytest.mark.fault("F-S8-1")
def test_a_message_that_hangs_before_any_file_is_past_its_limit() -> None:
    worker = answering("import time; time.sleep(60)")
    try:
        with pytest.raises(LimitError, match="too long"):
            worker.parse(mail())
    finally:
        worker.close()


@pytest.mark.parametrize(
    ("opened", "attempts"),
    [("'always.xls'", 2), ("str(len(header['given_up']))", FILES_GIVEN_UP + 1)],
)
def test_a_child_that_dies_on_file_after_file_is_given_up(
    opened, attempts, tmp_path
) -> None:
    tally = tmp_path / "tally"
    count = f"open({str(tally)!r}, 'a').write('.')"
    worker = answering(f"{count}; say(pack_json({{'opening': {opened}}})); sys.exit(1)")
    try:
        with pytest.raises(LimitError, match="cannot be read safely"):
            worker.parse(mail())
    finally:
        worker.close()
    assert len(tally.read_text()) == attempts


@pytest.mark.parametrize(
    "changes",
    [
        {"rounds": ("/no/such/round",)},
        {"program": "import sys; sys.exit(4)"},
        {"program": fake_child("", ready="say(pack(b'[]'))")},
    ],
)
def test_a_child_that_does_not_start_is_the_machines_trouble(changes) -> None:
    worker = ParsingWorker(settings(**changes))
    with pytest.raises(TransientError, match="does not start"):
        worker.parse(mail())
    worker.close()


def test_an_interpreter_that_cannot_be_run_is_the_machines_trouble(monkeypatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    with pytest.raises(TransientError, match="does not start"):
        ParsingWorker(PLAIN).parse(mail())


def test_a_pool_answers_in_the_order_of_the_messages_and_raises_what_loading_raised() -> (
    None
):
    def lost() -> RawMessage:
        raise PermanentError("lost")

    pool = WorkerPool(settings(program=MOCK_CHILD), 2)
    try:
        mails = [mail(*workbooks([form])) for form in ("PL01", "PL02", "PL03")]
        loads = [partial(lambda m: m, each) for each in mails]
        first, broken, *rest = pool.parse_ahead([loads[0], lost, *loads[1:]])
        assert [forms(answer()) for answer in (first, *rest)] == [
            ["PL01"],
            ["PL02"],
            ["PL03"],
        ]
        with pytest.raises(PermanentError, match="lost"):
            broken()
        assert pool.width == 2 * AHEAD
    finally:
        pool.close()


def test_children_get_ready_while_mails_are_on_their_way() -> None:
    pool = WorkerPool(settings(program=MOCK_CHILD), 2)
    before = started()
    try:
        pool.expect(1)
        (early,) = started() - before
        pool.expect(9)
        both = started() - before
        assert early in both
        assert len(both) == 2
        loads = [partial(mail, *workbooks([form])) for form in ("PL01", "PL02")]
        answers = [answer() for answer in pool.parse_ahead(loads)]
        assert [forms(answer) for answer in answers] == [["PL01"], ["PL02"]]
        assert started() - before == both
    finally:
        pool.close()


def test_children_that_cannot_get_ready_are_told_of_with_the_first_message() -> None:
    pool = WorkerPool(settings(program="import sys; sys.exit(4)"), 1)
    try:
        pool.expect(3)
        (answer,) = pool.parse_ahead([mail])
        with pytest.raises(TransientError, match="does not start"):
            answer()
    finally:
        pool.close()


def started() -> set[int]:
    """The living children of this process, by whatever thread."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(each) for listing in tasks for each in listing.read_text().split()}


def test_frames_carry_bytes_and_refuse_what_is_no_frame() -> None:
    def reading(data: bytes):
        from io import BytesIO

        return BytesIO(data).read

    assert take(reading(pack(b"abc") + b"more")) == b"abc"
    for broken in (b"", b"\0", pack(b"abc")[:-1]):
        with pytest.raises(BrokenPipeOfFramesError):
            take(reading(broken))
    with pytest.raises(BrokenPipeOfFramesError, match="over the limit"):
        take(reading(pack(b"abc")), limit=2)


def test_what_was_read_is_handed_on_with_the_json_it_came_as() -> None:
    kept: list[tuple[Parsed, bytes]] = []
    worker = ParsingWorker(PLAIN, lambda parsed, data: kept.append((parsed, data)))
    try:
        parsed = worker.parse(mail(*workbooks(["PL01"])))
    finally:
        worker.close()
    assert kept == [(replace(parsed, checked=None), written(kept[0][0]))]


def test_the_ledger_hears_of_what_its_workshop_reads(tmp_path: Path) -> None:
    plan = plan_in(tmp_path)
    with closing(open_ledger(plan)) as ledger:
        shop = open_workshop(plan, ledger)
        (answer,) = shop.reader.parse_ahead([lambda: mail(*workbooks(["PL01"]))])
        parsed = answer()
        shop.reader.close()
        ((known, _),) = ledger._as_it_came._held
    assert known == replace(parsed, checked=None)
