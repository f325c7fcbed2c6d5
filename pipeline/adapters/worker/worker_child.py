"""The parsing child: limits and walls first, then one message after the other.

Runs as `python -I` with an empty environment, no secret and nothing to write to. Reads
frames from standard input, answers on standard output, ends when its input ends.
"""

import gc
import json
import os
import resource
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.adapters.archive_openers import OPENERS
from pipeline.adapters.json_wire import written
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.worker.frames import BrokenPipeOfFramesError, pack, take
from pipeline.adapters.worker.message_parser import MessageParser
from pipeline.adapters.worker.walls import build_walls
from pipeline.domain.errors import LimitError, PipelineError
from pipeline.domain.reading.alias import Aliases
from pipeline.domain.wire import from_wire

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20
FILE_BYTES = 16 * 1024 * 1024
OPEN_FILES = 64
_NEW_OBJECTS = 20_000
"""Between two collections; one mail makes about as many that live until it is read."""


def main() -> None:
    """Serve until the daemon closes the pipe."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        # A library that prints must not spoil the frames.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _serve(sys.stdin.buffer, answers)


def _serve(reader: BinaryIO, answers: BinaryIO) -> None:
    """Settings first, then one message after the other, to the end of the input."""
    try:
        parser = _make_parser(json.loads(take(reader.read)))
    except (PipelineError, OSError) as error:
        _answer(answers, written({"bug": str(error)}))
        return
    # what is loaded by now stays for good: collections need not look at it again
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()
    _limit_resources()
    sys.dont_write_bytecode = True  # what was compiled by now is ours; a mail adds nothing
    # from here on bytes of mails are read, and nothing they cause reaches a log
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    _answer(answers, written({"ready": True, "walls": ", ".join(build_walls())}))
    while True:
        try:
            header = json.loads(take(reader.read))
            data = take(reader.read)
        except BrokenPipeOfFramesError:
            return
        _limit_cpu()
        _answer(answers, _outcome(parser, header, data, answers))


def _make_parser(settings: dict[str, Any]) -> MessageParser:
    communes, populations = settings["communes"], settings["populations"]
    return MessageParser(
        rounds=tuple(load_round(Path(folder)) for folder in settings["rounds"]),
        gazetteer=load_gazetteer(
            Path(settings["provinces"]),
            Path(communes) if communes else None,
            Path(populations) if populations else None,
        ),
        own_addresses=frozenset(settings["own_addresses"]),
        trusted_authserv_ids=tuple(settings["trusted_authserv_ids"]),
        openers=OPENERS,
    )


def _outcome(
    parser: MessageParser, header: dict[str, Any], data: bytes, answers: BinaryIO
) -> bytes:
    """The answer to one message; whatever happens in here, the daemon gets one."""

    def opening(path: str) -> None:
        _answer(answers, written({"opening": path}))

    try:
        aliases = from_wire(Aliases, header["aliases"])
        parsed = replace(parser, aliases=aliases).parse(
            header["digest"],
            data,
            spam_folder=header["spam_folder"],
            given_up=header["given_up"],
            opening=opening,
        )
        # apart: the daemon keeps what was read, and not what was checked ahead
        kept = replace(parsed, checked=None)
        return written({"parsed": kept, "checked": parsed.checked})
    except LimitError as error:
        return written({"limit": str(error)})
    except MemoryError:
        return written({"memory": "the message needs more memory than a message may"})
    except BaseException as error:  # noqa: BLE001 - one of the two: a panic of a native
        # reader is a BaseException, and the daemon must hear of it, typed
        panic = type(error).__name__ == "PanicException"
        return written({"panic" if panic else "bug": _where(error)})


def _where(error: BaseException) -> str:
    """The kind of an error and the lines of ours it passed; never a value of a cell."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames][-6:]
    return f"{type(error).__name__} at {' < '.join(reversed(ours))}"


def _answer(answers: BinaryIO, value: bytes) -> None:
    answers.write(pack(value))
    answers.flush()


def _limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _limit_cpu() -> None:
    """Twenty seconds of processor time for the message at hand, whatever went before."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
