"""What can be told of a mail door before anybody knocks: encryption, authorities."""

import ssl

from pipeline.domain.errors import ConfigError
from pipeline.ports.access import is_loopback
from pipeline.settings.shape import MailboxSettings, SmtpSettings


def check_door(section: MailboxSettings | SmtpSettings, source: str, name: str) -> None:
    """ConfigError for a plain line off loopback, or a `ca_file` that is none."""
    if section.security == "none" and not is_loopback(section.host):
        raise ConfigError(
            source,
            f"{name}.security",
            f"`none` is allowed on loopback only, and {section.host} is not; "
            "use tls or starttls",
        )
    if section.ca_file is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(section.ca_file)
        except OSError as error:  # an SSLError is one
            problem = f"{section.ca_file}: {error.strerror or error}"
            raise ConfigError(source, f"{name}.ca_file", problem) from error
