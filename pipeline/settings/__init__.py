"""Settings: read once, checked once, frozen."""

from pipeline.settings.load import find_configuration, load_settings, told_of_variable
from pipeline.settings.shape import (
    ConsoleSettings,
    HealthSettings,
    LogSettings,
    MailboxSettings,
    OAuth2Settings,
    PeopleSettings,
    PolicySettings,
    RetentionSettings,
    ScheduleSettings,
    Settings,
    SmtpSettings,
)

__all__ = [
    "ConsoleSettings",
    "HealthSettings",
    "LogSettings",
    "MailboxSettings",
    "OAuth2Settings",
    "PeopleSettings",
    "PolicySettings",
    "RetentionSettings",
    "ScheduleSettings",
    "Settings",
    "SmtpSettings",
    "find_configuration",
    "load_settings",
    "told_of_variable",
]
