"""Openers of archives that need a library; one door for each (ADR 0014).

A library is loaded with the first archive of its kind, inside the parsing child. Where
it is not installed, `doctor` says so and the archive stays shut (`unsupported-type`).
"""

from collections.abc import Mapping
from importlib.util import find_spec

from pipeline.adapters.archive_openers.outlook import open_outlook
from pipeline.adapters.archive_openers.rar import open_rar
from pipeline.adapters.archive_openers.seven_zip import open_seven_zip
from pipeline.domain.mail.archive import Opener

OPENERS: Mapping[str, Opener] = {
    "7z": open_seven_zip,
    "msg": open_outlook,
    "rar": open_rar,
}
LIBRARIES: Mapping[str, tuple[str, str]] = {
    "7z": ("py7zr", "py7zr"),
    "msg": ("oxmsg", "python-oxmsg"),
    "rar": ("unrar", "unrar2-cffi"),
}
"""For each type the module that must be there, and the package that brings it."""


def missing_packages() -> tuple[str, ...]:
    """The packages without which some type of archive stays shut."""
    return tuple(
        package for module, package in LIBRARIES.values() if find_spec(module) is None
    )
