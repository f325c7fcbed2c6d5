"""House rules of every suite: a skipped test is a failed run, and runs do not differ."""

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, or luck would stop a release; new ones are looked for by
# hand, with `make fuzz`: a profile named by --hypothesis-profile is loaded after this one.
# Nor does a busy machine: no example is timed.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", _UNTIMED, derandomize=True, database=None)
settings.register_profile("dice", _UNTIMED, derandomize=False, print_blob=True)
settings.load_profile("steady")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the run when anything was skipped: a suite that did not run proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_make_parametrize_id(
    config: pytest.Config, val: object, argname: str
) -> str | None:
    """Name a case of many bytes by its argument: archives made in tests hold the time,
    and every worker of a run must find the same tests.
    """
    return argname if isinstance(val, bytes) and len(val) > 24 else None
