"""Options that are refused, wherever they are set: one line that names them."""

from pathlib import Path

import pytest

from server.cli import commands
from tests.server.cli.conftest import Refused


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("port", "-1"), ("port", "65536"), ("port", "http"), ("port", "1.5"), ("port", ""),
        ("max-users", "0"), ("max-users", "2001"), ("workers", "0"), ("workers", "65"),
        ("room", ""), ("room", " x"), ("room", "a\nb"), ("room", "x" * 65), ("room", "\x1b"),
        ("history", "-1"), ("grace", "-1"), ("grace", "86401"), ("grace", "nan"),
        ("grace", "inf"), ("rate", "-0.1"), ("rate", "nan"), ("rate", "inf"), ("rate", "-inf"),
        ("edit-window", "-1"), ("edit-window", "nan"), ("edit-window", "3h"),
        ("max-file", "-1"), ("max-file", "1.5M"), ("max-file", "ten"), ("max-file", ""),
        ("max-file", "1TiB"), ("max-file", "2049MiB"), ("files", "pdf"), ("keep-files", "-1"),
        ("quota", "-1"), ("quota", "k"), ("max-connections", "-1"),
        ("metrics", "nobody"), ("log-level", "loud"), ("log-level", "notset"),
        ("log-format", "xml"), ("no-such-option", "1"),
    ],
)  # fmt: skip
def test_a_bad_flag_is_one_line(refused: Refused, flag: str, text: str) -> None:
    assert f"--{flag}" in refused(f"--{flag}={text}")


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ("colour = 1", "colour"),
        ("max-users = 5\nmaxusers = 5", "Unknown setting: maxusers. Did you mean max-users?\n"),
        ("zzz = 5", "Unknown setting: zzz.\n"),
        ('config = "x"', "config"),
        ("[server]\nport = 1", "server"),
        ("[port]\nnumber = 1", "port"),
        ("port =", "cannot be read"),
        ("port = 1\nport = 2", "cannot be read"),
        ("port = 70000", "port"),
        ('port = "http"', "port"),
        ("port = true", "port"),
        ("port = 7000.5", "port"),
        ("port = [1, 2]", "port"),
        ("max-users = 2.9", "max-users"),
        ("grace = nan", "grace"),
        ("rate = inf", "rate"),
        ("rate = true", "rate"),
        ("max-file = -5", "max-file"),
        ("max-file = true", "max-file"),
        ("quota = -1", "quota"),
        ("quota = 1.5", "quota"),
        ("downloads = true", "downloads"),
        ("data-dir = [1]", "data-dir"),
        ("host = [true]", "host"),
        ("host = ''", "host"),
        ("allow-origin = true", "allow-origin"),
        ('room = "a\\nb"', "room"),
    ],
)
def test_a_bad_file_is_one_line(refused: Refused, config: str, named: str) -> None:
    assert named in refused(config=config).replace("_", "-")


@pytest.mark.parametrize(("name", "text"), [("PORT", "http"), ("RATE", "nan"), ("QUOTA", "-1")])
def test_a_bad_variable_is_one_line(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"CHATROOM_{name}", text)
    assert f"--{name.lower()}" in refused()


def test_a_configuration_file_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    assert "cannot be read" in refused("--config", str(tmp_path / "nowhere.toml"))
    assert "cannot be read" in refused("--config", str(tmp_path))


@pytest.mark.parametrize(
    "option",
    [
        ("--trusted-proxy", "proxy.example"),
        ("--public-url", "chat.example.org"),
        ("--public-url", "https://chat.example.org/room"),
        ("--public-url", "https://me@chat.example.org"),
        ("--public-url", "http://chat.example.org:port"),
        ("--downloads-mode", "0444"),
        ("--downloads-mode", "rw"),
    ],
)
def test_what_is_not_an_address_or_a_mode(refused: Refused, option: tuple[str, str]) -> None:
    assert option[0] in refused(*option)


@pytest.mark.parametrize(
    "text",
    [
        "example.org",
        "https://",
        "https://a.example/chat",
        "https://u@a.example",
        "*",
        "a b",
        "",
    ],
)
def test_an_origin_that_no_browser_sends(refused: Refused, text: str) -> None:
    assert "--allow-origin" in refused("--allow-origin", text)


@pytest.mark.parametrize("text", ["", "a b", "box:18000", "http://box", "*", ".", "x" * 254])
def test_a_host_name_that_no_header_has(refused: Refused, text: str) -> None:
    assert "--allow-host" in refused("--allow-host", text)


def test_a_certificate_without_its_key(refused: Refused) -> None:
    assert "--tls-cert needs --tls-key too" in refused("--tls-cert", "a.pem")
    assert "--tls-key needs --tls-cert too" in refused("--tls-key", "a.pem")
    both = ("--tls-cert", "a.pem", "--tls-key", "b.pem")
    assert "Leave out one" in refused(*both, "--tls", "off")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--cluster", "http://a"), "is not the address of a node"),
        (("--cluster", "nats://a:1,b"), "is not the address of a node"),
        (("--host-name", "attic"), "--host-name needs --cluster too"),
        (("--cluster", "nats://a", "--host-name", "a b"), "is not a name for a host"),
    ],
)
def test_nodes_and_names_of_hosts_are_checked(
    options: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(list(options)) != 0
    assert told in capsys.readouterr().err
