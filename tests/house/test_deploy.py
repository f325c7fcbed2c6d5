"""The files for containers and systemd: what they name exists, and is safe to name."""

import re
from fnmatch import fnmatch
from pathlib import Path

import yaml

from pipeline.settings import Settings
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


def test_the_image_is_named_by_its_version_and_does_not_run_as_root() -> None:
    (base,) = words_of("FROM")
    assert re.search(r":\d", base)
    assert words_of("ADD") == []
    names = [name for name, _ in steps()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert words_of("USER") != ["root"]
    assert all(words.startswith("[") for words in words_of("ENTRYPOINT") + words_of("CMD"))
    assert len(words_of("HEALTHCHECK")) == 1


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


def test_the_service_starts_what_is_there() -> None:
    unit = (DEPLOY / "khtc-ingest.service").read_text(encoding="utf-8")
    program = re.search(r"ExecStart=\S+ /opt/khtc-ingest/(\S+)", unit)
    assert program is not None
    assert (ROOT / program[1]).exists()
    assert "RestartPreventExitStatus=2 78" in unit
