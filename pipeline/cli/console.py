"""`console`: the planner's pages, and the accounts of those who may enter."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from pipeline.assembly import Clock, Plan, open_ledger
from pipeline.cli.listening import listening
from pipeline.cli.log_lines import set_up_logging
from pipeline.cli.main import FINE, USAGE, Call
from pipeline.cli.talk import Talk
from pipeline.console.passwords import keep
from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Role

if TYPE_CHECKING:
    from pipeline.console.web.serving import PageServer

_DID = ("door.made", "door.changed")
_WOULD = ("door.would_made", "door.would_changed")


def console(call: Call) -> int:
    """Serve the pages until SIGTERM, or look after accounts."""
    actions = {None: _serve, "user": _user}
    return actions[call.arguments.action](call)


def _serve(call: Call) -> int:
    """The pages on the configured address."""
    if os.geteuid() == 0 and not call.arguments.allow_root:
        call.talk.say("run.root")
        return USAGE
    set_up_logging(call.settings.log.level, call.settings.log.format)
    with served(call.plan, call.clock, call.talk) as server:
        server.run()
    return FINE


@contextmanager
def beside(call: Call) -> Iterator[None]:
    """The pages in a thread of their own, while the daemon runs and if so configured."""
    if not call.settings.console.enabled:
        yield
        return
    with served(call.plan, call.clock, call.talk) as server:
        thread = Thread(target=server.run, name="console")
        thread.start()
        try:
            yield
        finally:
            server.stop()
            thread.join()


@contextmanager
def served(plan: Plan, clock: Clock, talk: Talk) -> Iterator["PageServer"]:
    """A server of the pages that listens already."""
    from pipeline.assembly.console import open_world
    from pipeline.console.web.serving import PageServer

    with listening(plan.settings, "console", plan.settings.console) as door:
        world = open_world(plan, clock)
        try:
            if not world.ledger.accounts():
                talk.say("door.nobody")
            host, port = door.getsockname()[:2]
            talk.say("door.open", host=host, port=port)
            server = PageServer(world, door, proxies=plan.settings.console.proxies)
            warming = Thread(target=server.warm, name="warming")
            warming.start()
            try:
                yield server
            finally:
                warming.join()
        finally:
            world.errands.finish()
            world.ledger.close()


def _user(call: Call) -> int:
    """Make an account, or give one a new role and password."""
    name, role = call.arguments.name.strip(), Role(call.arguments.role)
    if not name or not name.isprintable() or len(name) > 60:
        raise PermanentError("an account needs a name of at most 60 letters")
    dry = call.arguments.dry_run
    record = "" if dry else keep(_password(call))
    ledger = open_ledger(call.plan)
    try:
        if dry:
            new = name.lower() not in {each.name for each in ledger.accounts()}
        else:
            new = ledger.add_account(name, role, record, getpass.getuser(), call.clock())
    finally:
        ledger.close()
    if call.talk.machine:
        call.talk.document({"name": name.lower(), "role": role.value, "new": new})
    made, changed = _WOULD if dry else _DID
    call.talk.tell(made if new else changed, name=name, role=role.value)
    return FINE


def _password(call: Call) -> str:
    """The password: typed twice at a terminal, else the first line of stdin."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(call.talk.text("door.password"))
    if first != getpass.getpass(call.talk.text("door.again")):
        raise PermanentError("the two passwords differ")
    return first
