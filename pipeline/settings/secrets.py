"""Passwords: from a private file, a command or the environment; never from the YAML."""

import os
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

from pipeline.domain.errors import ConfigError
from pipeline.settings.shape import MailboxSettings, OAuth2Settings, SmtpSettings

SECRET_COMMAND_SECONDS = 30


def read_oauth2(section: OAuth2Settings, source: str, name: str) -> OAuth2Settings:
    """The section with its client secret; ConfigError for what is wanting or too open.

    The refresh token's folder has to be ours to write to: providers give new ones.
    """
    for key in ("token_url", "client_id", "refresh_token_file"):
        if not getattr(section, key):
            raise ConfigError(source, f"{name}.{key}", "is missing")
    path = section.refresh_token_file
    assert path is not None, "just looked at"
    _secret_file(path, source, f"{name}.refresh_token_file")
    if not os.access(path.parent, os.W_OK):
        problem = f"{path.parent} cannot be written to, and providers give new tokens"
        raise ConfigError(source, f"{name}.refresh_token_file", problem)
    if section.client_secret_file is None:
        return section
    key = f"{name}.client_secret_file"
    return replace(
        section, client_secret=_secret_file(section.client_secret_file, source, key)
    )


def read_secret(
    section: MailboxSettings | SmtpSettings, source: str, name: str
) -> str | None:
    """The password from file, command or environment, in that order of being given."""
    if section.password_file is not None:
        return _secret_file(section.password_file, source, f"{name}.password_file")
    if section.password_command is not None:
        return _secret_command(section.password_command, source, name)
    return section.password


def _secret_file(path: Path, source: str, key: str) -> str:
    try:
        found = path.stat()
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
        raise ConfigError(source, key, problem) from error
    if _is_credential(path):
        return _text_of(path, text, source, key)
    if found.st_uid not in (os.geteuid(), 0):
        problem = f"{path} belongs to user {found.st_uid}: chown it to the daemon's user"
        raise ConfigError(source, key, problem)
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(source, key, f"{path} can be read by others: chmod 600 it")
    return _text_of(path, text, source, key)


def _is_credential(path: Path) -> bool:
    """Whether systemd put a file there for this service alone (LoadCredential).

    Its access list shows itself as a bit for the group, which has no access.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return folder is not None and path.parent == Path(folder)


def _text_of(path: Path, text: str, source: str, key: str) -> str:
    secret = text.rstrip("\r\n")
    if not secret:
        raise ConfigError(source, key, f"{path} is empty")
    return secret


def _secret_command(command: str, source: str, name: str) -> str:
    key = f"{name}.password_command"
    try:
        done = subprocess.run(  # noqa: S602 - the operator's own command line
            command,
            shell=True,
            check=True,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=SECRET_COMMAND_SECONDS,
        )
    except (subprocess.SubprocessError, OSError, UnicodeDecodeError) as error:
        # The command and its output may hold the secret: only the kind of fault is told.
        raise ConfigError(source, key, f"failed ({type(error).__name__})") from None
    secret = done.stdout.rstrip("\r\n")
    if not secret:
        raise ConfigError(source, key, "printed nothing")
    return secret
