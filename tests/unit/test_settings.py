"""The configuration: every key from file or environment, every mistake named."""

from pathlib import Path

import pytest

from pipeline.domain.errors import ConfigError
from pipeline.settings import find_configuration, load_settings


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config" / "daemon.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, ""), {})

    assert settings.round == ("ke-hoach-2014",)
    assert settings.database == f"sqlite:///{tmp_path}/data/ingest.db"
    assert settings.data_dir == tmp_path / "data"
    assert settings.mailbox.folders == ("INBOX",)
    assert settings.policy.replies == "send"
    assert settings.schedule.consolidate_at == "02:00"
    assert settings.own_addresses == {"khtc@example.gov.vn"}


def test_paths_are_relative_to_the_folder_unless_it_is_called_config(
    tmp_path: Path,
) -> None:
    path = tmp_path / "daemon.yaml"
    path.write_text("data_dir: d\nmailbox: {folder_source: mails}\n")

    settings = load_settings(path, {})

    assert settings.data_dir == tmp_path / "d"
    assert settings.mailbox.folder_source == tmp_path / "mails"
    assert settings.registry == tmp_path


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "mailbox: {host: a.example, port: 1}\nround: [r1, r2]\n")
    environment = {
        "INGEST_MAILBOX_HOST": "b.example",
        "INGEST_MAILBOX_PASSWORD": "0123",
        "INGEST_MAILBOX_FOLDERS": "[INBOX, Khác]",
        "INGEST_SMTP_USERNAME": "null",
        "INGEST_DATA_DIR": "/d",
        "INGEST_POLICY_REPLIES": "off",
        "OTHER": "ignored",
    }

    settings = load_settings(path, environment)

    assert (settings.mailbox.host, settings.mailbox.port) == ("b.example", 1)
    assert settings.mailbox.password == "0123"
    assert settings.mailbox.folders == ("INBOX", "Khác")
    assert settings.smtp.username is None
    assert settings.data_dir == Path("/d")
    assert settings.policy.replies == "off"
    assert settings.round == ("r1", "r2")
    assert "0123" not in repr(settings)


@pytest.mark.fault("F-S0-1")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("mailbx: {}", "mailbx"),
        ("mailbox: {hots: x}", "mailbox.hots"),
        ("mailbox: {port: twelve}", "mailbox.port"),
        ("mailbox: {security: plain}", "mailbox.security"),
        ("mailbox: {folders: 3}", "mailbox.folders"),
        ("mailbox: {password: s}", "mailbox.password"),
        ("mailbox: []", "mailbox"),
        ("console: {enabled: 1}", "console.enabled"),
        ("data_dir: 3", "data_dir"),
        ("smtp: {from_address: nobody}", "smtp.from_address"),
        ("smtp: {host: ''}", "smtp.host"),
        ("database: mysql://x", "database"),
        ("schedule: {remind_at: '25:00'}", "schedule.remind_at"),
        ("schedule: {timezone: Asia/Nowhere}", "schedule.timezone"),
        ("workers: 0", "workers"),
        ("mailbox: {password_file: none.secret}", "mailbox.password_file"),
        ("smtp: {password_command: 'exit 3'}", "smtp.password_command"),
        ("smtp: {password_command: 'true'}", "smtp.password_command"),
        ("- 1", "(top)"),
        ("a: [", "line 1"),
        ("round: a\nsmtp: {port: 25}\nsmtp: {port: 465}", "line 3"),
        ("smtp:\n  port: 25\n  port: 26", "line 3"),
        ("mailbox: {port: 70000}", "mailbox.port"),
        ("smtp: {port: 0}", "smtp.port"),
        ("console: {port: 65536}", "console.port"),
        ("round: [a, b, a]", "round"),
        ("round: []", "round"),
    ],
)
def test_every_mistake_names_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    path = written(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        load_settings(path, {})

    assert (caught.value.source, caught.value.key) == (str(path), key)


def test_a_bare_off_means_off(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "policy: {replies: off}"), {})

    assert settings.policy.replies == "off"


def test_a_time_of_the_environment_stays_a_time(tmp_path: Path) -> None:
    """YAML 1.1 would read 12:30 as a number to the base of 60."""
    environment = {"INGEST_SCHEDULE_CONSOLIDATE_AT": "12:30"}

    settings = load_settings(written(tmp_path, ""), environment)

    assert settings.schedule.consolidate_at == "12:30"


def test_the_address_of_letters_is_ours_beside_the_named_ones(tmp_path: Path) -> None:
    text = "mailbox: {addresses: [Nop@example.vn]}\nsmtp: {from_address: khtc@example.vn}"

    settings = load_settings(written(tmp_path, text), {})

    assert settings.own_addresses == {"nop@example.vn", "khtc@example.vn"}


def test_a_variable_of_no_key_is_refused(tmp_path: Path) -> None:
    for name in ("INGEST_MAILBOX_HOTS", "INGEST_NOTHING", "INGEST_ROUND_X"):
        with pytest.raises(ConfigError, match=name):
            load_settings(None, {name: "x"})


def test_missing_and_undecodable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "none.yaml", {})
    odd = tmp_path / "odd.yaml"
    odd.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_settings(odd, {})


@pytest.mark.fault("F-S0-2", "T-25")
def test_a_secret_file_must_be_private_and_full(tmp_path: Path) -> None:
    path = written(tmp_path, "smtp: {password_file: smtp.secret}")
    secret = tmp_path / "smtp.secret"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)

    assert load_settings(path, {}).smtp.password == "s3cret"

    secret.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_settings(path, {})
    secret.chmod(0o600)
    secret.write_text("\n")
    with pytest.raises(ConfigError, match="is empty"):
        load_settings(path, {})


def test_a_command_may_print_the_secret(tmp_path: Path) -> None:
    path = written(tmp_path, "smtp: {password_command: 'echo s3cret'}")

    assert load_settings(path, {}).smtp.password == "s3cret"


def test_the_named_file_is_used_even_when_it_does_not_exist(tmp_path: Path) -> None:
    named = find_configuration(str(tmp_path / "x.yaml"))

    assert named == tmp_path / "x.yaml"
    assert find_configuration(None) in (None, Path("config/daemon.yaml").absolute())


def test_databases_keep_their_urls(tmp_path: Path) -> None:
    url = "postgresql+psycopg://u@h/db"

    assert load_settings(None, {"INGEST_DATABASE": url}).database == url
    memory = load_settings(None, {"INGEST_DATABASE": "sqlite:///:memory:"})
    assert memory.database == "sqlite:///:memory:"
    bad = {"INGEST_MAILBOX_FOLDERS": "[a"}
    assert load_settings(None, bad).mailbox.folders == ("[a",)


@pytest.mark.parametrize("section", ["mailbox", "smtp"])
@pytest.mark.parametrize(
    ("keys", "key", "problem"),
    [
        ("security: none, host: mx.example.test", "security", "loopback only"),
        ("ca_file: nowhere.pem", "ca_file", "No such file"),
        ("ca_file: config/daemon.yaml", "ca_file", "no certificate"),
    ],
)
def test_door_that_can_never_be_right_is_refused(
    tmp_path: Path, section: str, keys: str, key: str, problem: str
) -> None:
    path = written(tmp_path, f"{section}: {{{keys}}}\n")
    with pytest.raises(ConfigError, match=problem) as caught:
        load_settings(path, {})
    assert (caught.value.source, caught.value.key) == (str(path), f"{section}.{key}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_plain_line_is_fine_on_loopback(tmp_path: Path, host: str) -> None:
    path = written(tmp_path, f'smtp: {{security: none, host: "{host}"}}\n')
    assert load_settings(path, {}).smtp.host == host


def test_server_that_a_folder_stands_for_is_not_looked_at(tmp_path: Path) -> None:
    text = "mailbox: {folder_source: m, ca_file: nowhere.pem}\n"
    assert load_settings(written(tmp_path, text), {}).mailbox.folder_source
