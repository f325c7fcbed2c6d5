"""Ports of ours that listen: opened before anything is begun, each fault with its key."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from pipeline.adapters.health_page import HealthPage
from pipeline.daemon import HealthWatch
from pipeline.domain.errors import ConfigError
from pipeline.settings import ConsoleSettings, HealthSettings, Settings


def listening(
    settings: Settings, section: str, place: ConsoleSettings | HealthSettings
) -> socket.socket:
    """The port that is configured; ConfigError when somebody else has it."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family)
    except OSError as fault:
        where = f"{place.host}:{place.port}"
        raise ConfigError(
            settings.source, f"{section}.port", f"{where}: {fault.strerror}"
        ) from fault


@contextmanager
def health_shown(settings: Settings, watch: HealthWatch) -> Iterator[None]:
    """The health page in a thread of its own, if so configured."""
    if not settings.health.enabled:
        yield
        return
    with listening(settings, "health", settings.health) as door:
        page = HealthPage(door, watch.signs)
        thread = Thread(target=page.serve_forever, name="health")
        thread.start()
        try:
            yield
        finally:
            page.shutdown()
            thread.join()
