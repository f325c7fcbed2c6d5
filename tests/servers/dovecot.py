"""A private Dovecot 2.3 on loopback: IMAP, IMAPS, LMTP and SASL; any user, one password."""

import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

from pipeline.ports.access import MailboxAccess, Security
from tests.servers.certificates import Certificates
from tests.servers.loopback import await_listener, free_ports

PASSWORD = "mat-khau-thu"

_CONFIG = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {user}
mail_gid = {group}
mail_location = {kept_as}:{home}/mail/%u
mail_fsync = never
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.key
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener sasl {{
    port = {sasl}
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server. `process` is its pid; kill it to see what a dead server does."""

    home: Path
    certificates: Certificates
    imap: int
    imaps: int
    lmtp: int
    sasl: int
    process: int

    def access(
        self, username: str, security: Security = "tls", password: str = PASSWORD
    ) -> MailboxAccess:
        """How our adapter reaches a user's mailbox."""
        return MailboxAccess(
            host="127.0.0.1",
            port=self.imaps if security == "tls" else self.imap,
            security=security,
            ca_file=str(self.certificates.ca_file),
            username=username,
            password=password,
            timeout_seconds=20,
        )

    @contextmanager
    def client(self, username: str) -> Iterator[IMAPClient]:
        """A person's own mail program, reading and writing."""
        with IMAPClient("127.0.0.1", self.imap, ssl=False, timeout=20) as client:
            client.login(username, PASSWORD)
            yield client

    def deliver(self, recipient: str, data: bytes) -> None:
        """Put a mail into a mailbox, as a mail server would."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail("nobody@example.test", [recipient], data)


def _owner() -> pwd.struct_passwd:
    """Dovecot lets nobody keep mail as root, so root lends it the user `mail`."""
    return pwd.getpwnam("mail") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def _check_version() -> None:
    said = subprocess.run(
        ["dovecot", "--version"], capture_output=True, text=True, check=True
    )
    if not said.stdout.startswith("2.3."):
        raise RuntimeError(
            f"Dovecot {said.stdout.strip()}: this fixture writes the configuration of 2.3"
        )


@contextmanager
def running_dovecot(
    certificates: Certificates, kept_as: str = "maildir"
) -> Iterator[Dovecot]:
    """Start a server in a folder of its own, and stop it at the end.

    `kept_as`: a file for each mail (maildir), or many in one (mdbox).
    """
    _check_version()
    owner = _owner()
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))
    ports = dict(zip(("imap", "imaps", "lmtp", "sasl"), free_ports(4), strict=True))
    group = str(owner.pw_gid)
    config = home / "dovecot.conf"
    config.write_text(
        _CONFIG.format(
            home=home,
            user=owner.pw_name,
            group=_group(owner),
            password=PASSWORD,
            kept_as=kept_as,
            **ports,
        )
    )
    shutil.copy(certificates.certificate, home / "server.pem")
    shutil.copy(certificates.key, home / "server.key")
    for path in (home, *home.iterdir()):
        os.chown(path, owner.pw_uid, int(group))
    as_owner = (
        {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        if os.getuid() == 0
        else {}
    )
    server = subprocess.Popen(
        ["dovecot", "-F", "-c", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home,
        **as_owner,
    )
    try:
        await_listener(ports["imaps"], lambda: server.poll() is None)
        yield Dovecot(home, certificates, process=server.pid, **ports)
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


def _group(owner: pwd.struct_passwd) -> str:
    import grp

    return grp.getgrgid(owner.pw_gid).gr_name
