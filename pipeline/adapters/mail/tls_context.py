"""TLS as both mail doors use it: verified, 1.2 or newer, nothing else."""

import ssl

from pipeline.domain.errors import ConfigError
from pipeline.ports.access import Security


def verified_context(
    section: str, security: Security, ca_file: str | None
) -> ssl.SSLContext | None:
    """A context that checks certificate and host name; None where `security` is none.

    `ca_file` replaces the system's authorities, for an office with one of its own.
    ConfigError names `<section>.ca_file` when it cannot be read.
    """
    if security == "none":
        return None  # also because loading the authorities takes its time
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise ConfigError(
            "configuration", f"{section}.ca_file", f"{ca_file}: {reason}"
        ) from fault
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
