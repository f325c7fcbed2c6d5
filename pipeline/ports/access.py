"""How to reach the two mail servers: frozen, checked, secrets kept out of `repr`."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pipeline.domain.errors import ConfigError

Security = Literal["tls", "starttls", "none"]


def _refuse_plaintext(section: str, host: str, security: Security) -> None:
    """ConfigError when a password would cross a network in the clear."""
    if security == "none" and not is_loopback(host):
        raise ConfigError(
            "configuration",
            f"{section}.security",
            f"`none` is allowed on loopback only, and {host} is not; use tls or starttls",
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@dataclass(frozen=True, slots=True)
class TokenAccess:
    """Where access tokens come from (OAuth 2, refresh token grant).

    ConfigError when `token_url` is not https, or http on loopback.
    """

    token_url: str
    client_id: str
    refresh_token_file: str
    client_secret: str | None = field(default=None, repr=False)
    scope: str | None = None
    ca_file: str | None = None
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        try:
            url = urlsplit(self.token_url)
            host, _ = url.hostname, url.port
        except ValueError:
            url, host = urlsplit(""), None
        plain = url.scheme == "http" and is_loopback(host or "")
        if not host or not (url.scheme == "https" or plain):
            raise ConfigError(
                "configuration", "oauth2.token_url", f"{self.token_url!r} is not https"
            )


@dataclass(frozen=True, slots=True)
class MailboxAccess:
    """The IMAP account that is read.

    `folders` are watched in order, then `spam_folders`. `timeout_seconds` bounds each
    wait for the server. ConfigError when `security` is `none` off loopback.
    """

    host: str
    port: int
    security: Security
    ca_file: str | None
    username: str
    password: str = field(repr=False)
    folders: tuple[str, ...] = ("INBOX",)
    spam_folders: tuple[str, ...] = ()
    idle: Literal["auto", "never"] = "auto"
    timeout_seconds: float = 60.0
    tokens: TokenAccess | None = None

    def __post_init__(self) -> None:
        _refuse_plaintext("mailbox", self.host, self.security)


@dataclass(frozen=True, slots=True)
class PostboxAccess:
    """The SMTP server that takes our letters.

    No login when `username` is None. `final_timeout_seconds` is how long the server may
    think after the final dot: long, for giving up there means not knowing.
    ConfigError when `security` is `none` off loopback.
    """

    host: str
    port: int
    security: Security
    ca_file: str | None
    username: str | None
    password: str = field(repr=False)
    envelope_from: str
    timeout_seconds: float = 60.0
    final_timeout_seconds: float = 600.0
    tokens: TokenAccess | None = None

    def __post_init__(self) -> None:
        _refuse_plaintext("smtp", self.host, self.security)
