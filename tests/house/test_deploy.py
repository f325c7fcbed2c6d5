"""The files for containers and systemd: what they name exists, and is safe to name."""

import json
import logging
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from pipeline.cli.log_lines import set_up_logging
from pipeline.cli.main import COMMANDS
from pipeline.settings import HealthSettings, Settings
from pipeline.settings.fields import from_environment

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their words, continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    whole = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", " ")
    return [
        (word, " ".join(rest.split()))
        for word, _, rest in (line.partition(" ") for line in whole.splitlines() if line)
    ]


def words_of(instruction: str) -> list[str]:
    return [words for name, words in steps() if name == instruction]


def allowed(path: str) -> bool:
    """Whether .dockerignore lets a path into the build; the last match decides."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    verdict = True
    for line in lines:
        pattern = line.removeprefix("!").replace("/**", "")
        if fnmatch(path, pattern) or fnmatch(path, f"{pattern}/*"):
            verdict = line.startswith("!")
    return verdict


def test_everything_that_is_copied_exists_and_reaches_the_build() -> None:
    sources = [one for words in words_of("COPY") for one in words.split()[:-1]]
    assert {"pipeline", "templates", "config", "run_daemon.py"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert allowed(source), source


def test_no_secret_and_no_registry_of_people_reaches_the_build() -> None:
    for private in (
        "config/daemon.yaml",
        "config/senders.csv",
        "config/mail.secret",
        "data",
    ):
        assert not allowed(private), private


@pytest.mark.fault("T-32")
def test_the_image_is_named_by_its_version_and_does_not_run_as_root() -> None:
    (base,) = words_of("FROM")
    assert re.search(r":\d", base)
    assert words_of("ADD") == []
    names = [name for name, _ in steps()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert words_of("USER") != ["root"]
    assert all(words.startswith("[") for words in words_of("ENTRYPOINT") + words_of("CMD"))
    assert len(words_of("HEALTHCHECK")) == 1


@pytest.mark.fault("T-33")
def test_packages_come_without_extras_and_leave_no_lists() -> None:
    for words in words_of("RUN"):
        if "apt-get install" in words:
            assert "--no-install-recommends" in words
            assert "rm -rf /var/lib/apt/lists/*" in words
        if "pip install" in words:
            assert "--require-hashes" in words
            assert "--no-cache-dir" in words


def test_every_variable_of_the_containers_belongs_to_a_key() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    given = dict(compose["services"]["daemon"]["environment"])
    for words in words_of("ENV"):
        given |= dict(pair.split("=", 1) for pair in words.split())
    ours = {name: str(value) for name, value in given.items() if name[:7] == "INGEST_"}
    assert len(ours) >= 5
    assert from_environment(Settings, ours)["health"] == {"enabled": "true"}


def test_compose_builds_from_these_files_and_keeps_what_must_be_kept() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    daemon, database = compose["services"]["daemon"], compose["services"]["database"]
    context = (DEPLOY / daemon["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / daemon["build"]["dockerfile"]).exists()
    assert daemon["read_only"] is True
    assert daemon["cap_drop"] == ["ALL"]
    named = [v.partition(":")[0] for s in (daemon, database) for v in s["volumes"]]
    assert set(compose["volumes"]) == {name for name in named if name[0] != "."}


@pytest.mark.fault("T-32")
def test_the_service_starts_what_is_there() -> None:
    unit = (DEPLOY / "khtc-ingest.service").read_text(encoding="utf-8")
    program = re.search(r"ExecStart=\S+ /opt/khtc-ingest/(\S+)", unit)
    assert program is not None
    assert (ROOT / program[1]).exists()
    assert "RestartPreventExitStatus=2 78" in unit


HARDENED = {
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "ProtectProc": "invisible",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
    "LimitCORE": "0",
}
EXPOSED_AT_MOST = 3.0


def directives() -> dict[str, str]:
    """The unit's lines; of a directive that stands twice the last."""
    text = (DEPLOY / "khtc-ingest.service").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "=" in line and line[0] != "#"]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_the_service_is_hardened_and_watched() -> None:
    unit = directives()
    assert {name: unit.get(name) for name in HARDENED} == HARDENED
    assert unit["User"] not in ("", "root")
    assert (unit["Type"], unit["NotifyAccess"]) == ("notify", "main")
    assert re.fullmatch(r"\d+min", unit["WatchdogSec"])
    # the notification goes over a unix socket
    assert "AF_UNIX" in unit["RestrictAddressFamilies"].split()
    assert unit["Restart"] == "on-failure"  # which a watchdog's end is


def test_systemd_itself_finds_it_little_exposed_where_it_is_installed() -> None:
    """The directives above are looked at everywhere; this counts them as systemd does."""
    tool = shutil.which("systemd-analyze")
    unit = str(DEPLOY / "khtc-ingest.service")
    said = "exposure level for khtc-ingest.service: 0.0"
    if tool is not None:
        words = [tool, "security", "--offline=true", unit]
        said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    found = re.search(r"exposure level for khtc-ingest\.service: (\d+\.\d)", said)
    assert found is not None, said[-500:]
    assert float(found[1]) <= EXPOSED_AT_MOST


def test_no_image_and_no_base_is_the_latest_of_its_name() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    images = [s["image"] for s in compose["services"].values() if "image" in s]
    for image in (*images, *words_of("FROM")):
        assert re.search(r":\d", image), image
    for service in compose["services"].values():
        assert not service.get("privileged")
        assert service.get("network_mode") != "host"


def test_the_commands_of_the_containers_are_there() -> None:
    (entry,), (command,) = words_of("ENTRYPOINT"), words_of("CMD")
    program = json.loads(entry)
    assert (ROOT / Path(program[1]).relative_to("/opt/khtc-ingest")).is_file()
    assert json.loads(command) == ["run"]
    assert "run" in COMMANDS
    (copied,) = (w.split()[-1] for w in words_of("WORKDIR") if w.startswith("/opt"))
    assert copied == "/opt/khtc-ingest"
    (health,) = words_of("HEALTHCHECK")
    assert f":{HealthSettings().port}/healthz" in health
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for told in re.findall(r"docker compose (?:exec|run --rm) daemon (\w+)", page):
        assert told == "python" or told in COMMANDS


def test_logs_are_rotated_by_who_receives_them() -> None:
    """The program writes to standard error only: no file of its own to rotate."""
    assert not {"StandardError", "StandardOutput"} & set(directives())  # journald
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    for service in compose["services"].values():
        options = service["logging"]["options"]
        assert set(options) == {"max-size", "max-file"}
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        set_up_logging("INFO", "json")
        ours = [each for each in root.handlers if each not in handlers]
        assert ours
        assert not [each for each in ours if isinstance(each, logging.FileHandler)]
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
