"""The shape of config/daemon.yaml: every key, its type, its default (contract.md)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class OAuth2Settings:
    """Login by access tokens instead of a password; the refresh token is stored back."""

    token_url: str = ""
    client_id: str = ""
    client_secret: str | None = field(default=None, repr=False)
    client_secret_file: Path | None = None
    refresh_token_file: Path | None = None
    scope: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """The submission mailbox; `folder_source` reads files instead of a server."""

    host: str = "127.0.0.1"
    port: int = 993
    security: Security = "tls"
    ca_file: Path | None = None
    username: str = "khtc"
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    password_command: str | None = None
    oauth2: OAuth2Settings | None = None
    folders: tuple[str, ...] = ("INBOX",)
    spam_folders: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    trusted_authserv_ids: tuple[str, ...] = ()
    poll_seconds: int = 60
    timeout_seconds: int = 60
    idle: Literal["auto", "never"] = "auto"
    folder_source: Path | None = None


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The way out; no login when `username` is null."""

    host: str = "127.0.0.1"
    port: int = 465
    security: Security = "tls"
    ca_file: Path | None = None
    username: str | None = "khtc"
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    password_command: str | None = None
    oauth2: OAuth2Settings | None = None
    from_address: str = "khtc@example.gov.vn"
    from_name: str = "Vụ Kế hoạch - Tài chính"
    timeout_seconds: int = 60
    final_timeout_seconds: int = 600


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What is answered, and who is believed."""

    replies: Literal["send", "approve", "off"] = "send"
    approve_first: int = 0
    unknown_sender: Literal["provisional", "hold"] = "provisional"
    narrative: Literal["remind", "require", "ignore"] = "remind"
    letters_per_hour: int | None = None


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """Who gets the digest and the alarms."""

    planners: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """When the nightly jobs run, in which time zone."""

    consolidate_at: str = "02:00"
    remind_at: str = "08:00"
    timezone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Where the planner's pages are served."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = 8025
    proxies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """Where /metrics and /healthz are served."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = 8026


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How much is logged, and in which form."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["text", "json"] = "text"


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long raw mails and products are kept; `nightly` removes them by itself."""

    nightly: bool = False
    raw_months: int = 24
    export_days: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration, with paths made absolute.

    `source` names the file it came from; `registry` is the folder where rounds/,
    provinces.csv and senders.csv are looked for first.
    """

    source: str
    registry: Path
    round: tuple[str, ...] = ("ke-hoach-2014",)
    data_dir: Path = Path("data")
    database: str = field(default="sqlite:///data/ingest.db", repr=False)
    mailbox: MailboxSettings = MailboxSettings()
    smtp: SmtpSettings = SmtpSettings()
    policy: PolicySettings = PolicySettings()
    people: PeopleSettings = PeopleSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    console: ConsoleSettings = ConsoleSettings()
    health: HealthSettings = HealthSettings()
    log: LogSettings = LogSettings()
    retention: RetentionSettings = RetentionSettings()
    workers: int | None = None

    @property
    def own_addresses(self) -> frozenset[str]:
        """Our own addresses, lower case: mail from them is never a submission.

        The address that letters come from is ours even where others are named.
        """
        named = (*self.mailbox.addresses, self.smtp.from_address)
        return frozenset(address.lower() for address in named)
