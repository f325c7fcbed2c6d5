"""TLS as both mail doors use it: verified, 1.2 or newer, nothing else."""

import ssl

from pipeline.domain.errors import ConfigError


def verified_context(section: str, ca_file: str | None) -> ssl.SSLContext:
    """A context that checks certificate and host name.

    `ca_file` replaces the system's authorities, for an office with one of its own.
    ConfigError names `<section>.ca_file` when it cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise ConfigError(
            "configuration", f"{section}.ca_file", f"{ca_file}: {reason}"
        ) from fault
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
