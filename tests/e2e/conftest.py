"""Servers, sample mail and installations of the whole-program suite."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.mail_system import MailSystem
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import Installation, install
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import postgres

__all__ = ["installed", "mail", "mailbag", "postgres"]

Install = Callable[..., Installation]


@pytest.fixture(scope="session")
def mail(dovecot: Dovecot, postfix: Postfix) -> MailSystem:
    return MailSystem(dovecot, postfix)


@pytest.fixture(scope="session")
def mailbag() -> Mailbag:
    return Mailbag()


@pytest.fixture(scope="session")
def installed(
    tmp_path_factory: pytest.TempPathFactory, mail: MailSystem, mailbag: Mailbag
) -> Install:
    """Makes an installation in a folder of its own; it knows the sample offices."""

    def make(folder: Path | None = None, **changes: object) -> Installation:
        place = folder or tmp_path_factory.mktemp("installation")
        return install(place, mail, mailbag.senders, **changes)

    return make
