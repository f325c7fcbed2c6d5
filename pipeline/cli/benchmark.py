"""`bench`: the speed bench of the checkout, in a process of its own."""

import subprocess
import sys
from pathlib import Path

from pipeline.assembly import CHECKOUT
from pipeline.cli.main import FINE, FOUND, Call
from pipeline.domain.errors import PermanentError

_OPTIONS = ("messages", "rounds", "only")


def bench(call: Call) -> int:
    """Measure speed beside plain scripts; the results page in Markdown on stdout.

    The package does not import `bench/`: it needs the servers and tools of the tests.
    """
    if not (CHECKOUT / "bench").is_dir():
        raise PermanentError(call.talk.text("measuring.nowhere", folder=CHECKOUT))
    words = [sys.executable, "-m", "bench.run"]
    for name in _OPTIONS:
        value = getattr(call.arguments, name)
        if value is not None:
            listed = value if isinstance(value, list) else [value]
            words += [f"--{name}", *map(str, listed)]
    if call.arguments.out is not None:
        words += ["--out", str(Path(call.arguments.out).absolute())]
    call.talk.say("measuring.start")
    done = subprocess.run(words, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)  # noqa: PLW1510, S603
    if done.returncode:
        call.talk.say("measuring.failed", code=done.returncode)
        return FOUND
    if call.talk.machine:
        call.talk.document({"results": done.stdout})
    else:
        print(done.stdout, end="", file=call.talk.out)
    return FINE
