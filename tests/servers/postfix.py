"""A private Postfix on loopback: SMTP, submission over TLS with login, all to one LMTP."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.ports.access import PostboxAccess, Security
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.loopback import await_listener, free_ports

_MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
myhostname = mx.example.test
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{
    {{ nobody@refused.test = 550 5.1.1 no such mailbox }}
    {{ busy@refused.test = 450 4.2.1 mailbox busy }} }}, permit_mynetworks, reject
disable_dns_lookups = yes
default_transport = lmtp:inet:127.0.0.1:{lmtp}
relay_transport = lmtp:inet:127.0.0.1:{lmtp}
local_transport = error:none
message_size_limit = 60000000
mailbox_size_limit = 0
smtpd_tls_security_level = may
smtpd_tls_chain_files = {home}/server.both
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
"""

_MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running server; its mail ends up in the Dovecot it was given."""

    home: Path
    dovecot: Dovecot
    smtp: int
    smtps: int

    def access(self, security: Security = "tls", password: str = PASSWORD) -> PostboxAccess:
        """How our adapter hands letters over: with a login on the TLS port."""
        secured = security == "tls"
        return PostboxAccess(
            host="127.0.0.1",
            port=self.smtps if secured else self.smtp,
            security=security,
            ca_file=str(self.dovecot.certificates.ca_file),
            username="khtc" if secured else None,
            password=password,
            envelope_from="khtc@example.test",
            timeout_seconds=20,
        )


@contextmanager
def running_postfix(dovecot: Dovecot) -> Iterator[Postfix]:
    """Start a server in a folder of its own, and stop it at the end. Needs root."""
    if os.getuid() != 0:
        raise RuntimeError("Postfix starts as root only; run the tests as root")
    home = Path(tempfile.mkdtemp(prefix="postfix-"))
    home.chmod(0o755)
    smtp, smtps = free_ports(2)
    for folder in ("etc", "queue", "data"):
        (home / folder).mkdir(mode=0o755)
    os.chown(home / "data", pwd.getpwnam("postfix").pw_uid, -1)
    places = {"home": home, "lmtp": dovecot.lmtp, "sasl": dovecot.sasl}
    (home / "etc/main.cf").write_text(_MAIN.format(**places))
    (home / "etc/master.cf").write_text(_MASTER.format(smtp=smtp, smtps=smtps))
    both = home / "server.both"
    both.write_bytes(
        dovecot.certificates.key.read_bytes()
        + dovecot.certificates.certificate.read_bytes()
    )
    both.chmod(0o600)
    try:
        _postfix(home, "start")
        await_listener(smtps, lambda: True)
        yield Postfix(home, dovecot, smtp, smtps)
    finally:
        _postfix(home, "stop", check=False)
        shutil.rmtree(home, ignore_errors=True)


def _postfix(home: Path, command: str, *, check: bool = True) -> None:
    done = subprocess.run(
        ["postfix", "-c", str(home / "etc"), command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    if check and done.returncode != 0:
        log = home / "postfix.log"
        said = log.read_text() if log.exists() else "no log"
        raise RuntimeError(f"postfix {command} failed: {said}")
