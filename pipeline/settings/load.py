"""config/daemon.yaml and INGEST_* to Settings; every mistake names its file and key."""

import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.domain.errors import ConfigError
from pipeline.domain.retention import LEAST_MONTHS
from pipeline.settings.doors import check_door
from pipeline.settings.fields import build, from_environment
from pipeline.settings.secrets import read_oauth2, read_secret
from pipeline.settings.shape import MailboxSettings, OAuth2Settings, Settings, SmtpSettings
from pipeline.settings.yaml_file import read_yaml_file, read_yaml_text

CHECKOUT = Path(__file__).resolve().parents[2]
Section = TypeVar("Section", MailboxSettings, SmtpSettings)
_LAST_PORT = 65535
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+")


def find_configuration(named: str | None) -> Path | None:
    """The configuration file: the named one, else config/daemon.yaml if it exists."""
    if named is not None:
        return Path(named).absolute()
    default = CHECKOUT / "config" / "daemon.yaml"
    return default if default.exists() else None


def load_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings out of a file (None: defaults) and the environment, fully checked.

    ConfigError on an unknown key, a bad value, or a secret file that others may read.
    """
    source = str(path) if path else "(defaults)"
    folder = path.parent if path else CHECKOUT / "config"
    data = read_yaml_file(path) if path else {}
    _refuse_written_secrets(data, source)
    values = build(Settings, data, source)
    values = _overlay(values, environment)
    settings = Settings(source=source, registry=folder, **values)
    base = folder.parent if folder.name == "config" else folder
    return _checked(_anchored(settings, base))


def told_of_variable(fault: ConfigError, environment: Mapping[str, str]) -> ConfigError:
    """The fault, told of the variable of the environment that the value came from."""
    variable = f"INGEST_{fault.key.replace('.', '_').upper()}"
    if variable not in environment:
        return fault
    return ConfigError("environment", variable, fault.problem)


def _refuse_written_secrets(data: Any, source: str) -> None:
    for section in ("mailbox", "smtp"):
        keys = data.get(section) if isinstance(data, Mapping) else None
        oauth2 = keys.get("oauth2") if isinstance(keys, Mapping) else None
        if isinstance(oauth2, Mapping) and "client_secret" in oauth2:
            raise ConfigError(
                source,
                f"{section}.oauth2.client_secret",
                "a secret does not stand here; use client_secret_file",
            )
        if isinstance(keys, Mapping) and "password" in keys:
            raise ConfigError(
                source,
                f"{section}.password",
                "a secret does not stand here; use password_file, password_command "
                f"or INGEST_{section.upper()}_PASSWORD",
            )


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The values of the file with those of the environment over them."""
    merged = dict(values)
    for key, given in from_environment(Settings, environment).items():
        section = merged.get(key, getattr(Settings(source="", registry=Path()), key))
        if isinstance(given, dict):
            kind = type(section)
            texts = {name: _as_meant(kind, name, text) for name, text in given.items()}
            merged[key] = replace(section, **build(kind, texts, "environment", f"{key}."))
        else:
            wanted = {key: _as_meant(Settings, key, given)}
            merged[key] = build(Settings, wanted, "environment")[key]
    return merged


def _as_meant(kind: type[Any], key: str, text: str) -> Any:
    """Environment text as the key's type wants it: only lists, numbers and yes or no
    are read as YAML, so that "12:30" and "0123" stay what they are.
    """
    hint = str(get_type_hints(kind)[key])
    if text in ("", "null"):
        return None
    if "str" in hint and "tuple" not in hint:
        return text
    return read_yaml_text(text)


def _anchored(settings: Settings, base: Path) -> Settings:
    """Relative paths made absolute against the base folder."""

    def absolute(path: Path | None) -> Path | None:
        return None if path is None else base / path.expanduser()

    mailbox, smtp = settings.mailbox, settings.smtp
    return replace(
        settings,
        data_dir=base / settings.data_dir.expanduser(),
        database=_anchored_database(settings.database, base),
        mailbox=replace(
            mailbox,
            ca_file=absolute(mailbox.ca_file),
            password_file=absolute(mailbox.password_file),
            folder_source=absolute(mailbox.folder_source),
            oauth2=_anchored_oauth2(mailbox.oauth2, base),
        ),
        smtp=replace(
            smtp,
            ca_file=absolute(smtp.ca_file),
            password_file=absolute(smtp.password_file),
            oauth2=_anchored_oauth2(smtp.oauth2, base),
        ),
    )


def _anchored_oauth2(section: OAuth2Settings | None, base: Path) -> OAuth2Settings | None:
    if section is None:
        return None
    files = ("client_secret_file", "refresh_token_file", "ca_file")
    given = {name: getattr(section, name) for name in files}
    return replace(
        section, **{name: base / p.expanduser() for name, p in given.items() if p}
    )


def _anchored_database(url: str, base: Path) -> str:
    scheme, slashes, path = url.partition(":///")
    relative = scheme.startswith("sqlite") and slashes and not path.startswith("/")
    if not relative or path in ("", ":memory:"):
        return url
    return f"{scheme}:///{base / path}"


def _checked(settings: Settings) -> Settings:
    """The settings with their secrets read, after every cross-key check."""
    source = settings.source
    if not re.match(r"(sqlite:///|postgresql(\+psycopg)?://)", settings.database):
        raise ConfigError(
            source, "database", "must begin with sqlite:/// or postgresql+psycopg://"
        )
    for key in ("consolidate_at", "remind_at"):
        if not _TIME.fullmatch(getattr(settings.schedule, key)):
            raise ConfigError(source, f"schedule.{key}", "must be a time such as 02:00")
    try:
        ZoneInfo(settings.schedule.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(source, "schedule.timezone", "is no known time zone") from error
    if len(set(settings.round)) < max(len(settings.round), 1):
        problem = "names no round" if not settings.round else "names a round twice"
        raise ConfigError(source, "round", problem)
    _check_numbers(settings)
    _check_addresses(settings)
    _check_proxies(settings)
    if settings.mailbox.folder_source is None:
        check_door(settings.mailbox, source, "mailbox")
    check_door(settings.smtp, source, "smtp")
    return replace(
        settings,
        mailbox=_with_secret(settings.mailbox, source, "mailbox"),
        smtp=_with_secret(settings.smtp, source, "smtp"),
    )


def _check_numbers(settings: Settings) -> None:
    source, mailbox, smtp = settings.source, settings.mailbox, settings.smtp
    if settings.retention.raw_months < LEAST_MONTHS:
        problem = f"must be at least {LEAST_MONTHS}"
        raise ConfigError(source, "retention.raw_months", problem)
    for key, value in {
        "mailbox.poll_seconds": mailbox.poll_seconds,
        "mailbox.timeout_seconds": mailbox.timeout_seconds,
        "smtp.timeout_seconds": smtp.timeout_seconds,
        "smtp.final_timeout_seconds": smtp.final_timeout_seconds,
        "workers": settings.workers,
        "retention.export_days": settings.retention.export_days,
    }.items():
        if value == 0:
            raise ConfigError(source, key, "must be at least 1")
    for name in ("mailbox", "smtp", "console", "health"):
        port = getattr(settings, name).port
        # 0 is what the system has to give, for a page of our own only
        if not (name in ("mailbox", "smtp")) <= port <= _LAST_PORT:
            raise ConfigError(source, f"{name}.port", f"must be 1 to {_LAST_PORT}")


def _check_addresses(settings: Settings) -> None:
    for key, addresses in (
        ("smtp.from_address", (settings.smtp.from_address,)),
        ("mailbox.addresses", settings.mailbox.addresses),
        ("people.planners", settings.people.planners),
        ("people.administrators", settings.people.administrators),
    ):
        for address in addresses:
            if not _ADDRESS.fullmatch(address):
                raise ConfigError(
                    settings.source, key, f"{address!r} is not an e-mail address"
                )


def _check_proxies(settings: Settings) -> None:
    for proxy in settings.console.proxies:
        try:
            ip_address(proxy)
        except ValueError as error:
            raise ConfigError(
                settings.source, "console.proxies", f"{proxy!r} is not an IP address"
            ) from error


def _with_secret(section: Section, source: str, name: str) -> Section:
    if section.oauth2 is not None:
        return replace(
            section, oauth2=read_oauth2(section.oauth2, source, f"{name}.oauth2")
        )
    return replace(section, password=read_secret(section, source, name))
