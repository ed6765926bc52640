"""The options of the command line, from where they stand to the settings; no server starts."""

from pathlib import Path
from typing import Any

import pytest

from server.cli.options import OPTIONS
from server.settings import Settings
from tests.server.cli.conftest import Start


def test_the_defaults_are_those_of_the_documentation(start: Start) -> None:
    settings = start()
    assert 1 <= settings.workers <= 4
    assert settings == Settings(
        workers=settings.workers,
        downloads=Path("downloads").absolute(),
        data_dir=Path(".chatroom").absolute(),
    )
    assert (settings.port, settings.max_users, settings.host) == (18000, 3, ("localhost",))


def test_whether_the_room_is_announced(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    assert start().announce
    assert not start("--no-announce").announce
    assert not start(config="no-announce = true").announce
    assert start(config="no-announce = false").announce
    monkeypatch.setenv("CHATROOM_NO_ANNOUNCE", "1")
    assert not start().announce


def test_flags_override_the_environment_which_overrides_the_file(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "max-users = 5"
    assert start(config=config).max_users == 5
    monkeypatch.setenv("CHATROOM_MAX_USERS", "6")
    assert start(config=config).max_users == 6
    assert start("--max-users", "7", config=config).max_users == 7


# The flag, its text, its value.
VALUES: list[tuple[str, str, Any]] = [
    ("host", "0.0.0.0", ("0.0.0.0",)),
    ("port", "0", 0),
    ("max-users", "100", 100),
    ("workers", "2", 2),
    ("downloads", "in here", Path("in here").absolute()),
    ("data-dir", "/tmp/data", Path("/tmp/data")),
    ("room", "Lab 7", "Lab 7"),
    ("history", "1000", 1000),
    ("grace", "1.5", 1.5),
    ("rate", "0", 0.0),
    ("edit-window", "0", 0.0),
    ("edit-window", "90.5", 90.5),
    ("files", "pictures", "pictures"),
    ("max-file", "500k", 500 * 1024),
    ("keep-files", "30", 30),
    ("quota", "2GiB", 2 << 30),
    ("max-connections", "0", 0),
    ("durability", "full", "full"),
    ("metrics", "all", "all"),
    ("log-level", "DEBUG", "debug"),
    ("log-format", "json", "json"),
    ("hung-after", "1.5", 1.5),
    ("downloads-mode", "0640", 0o640),
    ("max-journal", "64MiB", 64 << 20),
    ("min-free", "1MiB", 1 << 20),
    ("max-users-per-address", "5", 5),
    ("public-url", "https://chat.example.org", "https://chat.example.org"),
    ("report-addresses", "owner", "owner"),
    ("tls", "optional", "optional"),
]


@pytest.mark.parametrize(("flag", "text", "value"), VALUES, ids=[one[0] for one in VALUES])
def test_every_setting_by_flag_environment_and_file(
    start: Start, monkeypatch: pytest.MonkeyPatch, flag: str, text: str, value: Any
) -> None:
    field = flag.replace("-", "_")
    assert getattr(start(f"--{flag}", text), field) == value
    assert getattr(start(config=f'{flag} = "{text}"'), field) == value
    assert getattr(start(config=f'{field} = "{text}"'), field) == value
    monkeypatch.setenv(f"CHATROOM_{field.upper()}", text)
    assert getattr(start(), field) == value


def test_every_option_is_in_the_list() -> None:
    names: set[str] = set()
    for option in OPTIONS:
        function: Any = option(lambda: None)
        names |= {flag for one in function.__click_params__ for flag in one.opts}
    special = {
        "--password-file",
        "--allow-host",
        "--allow-origin",
        "--trusted-proxy",
        "--cluster",
        "--cluster-credentials",
        "--host-name",
        "--tls-cert",
        "--tls-key",
        "--config",
        "--no-announce",
        "--qr",
    }
    assert names == {f"--{flag}" for flag, _, _ in VALUES} | special


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("LOCALHOST", "localhost"),
        ("[::1]", "::1"),
        ("*", "*"),
        (" Chat.Example ", "chat.example"),
    ],
)
def test_a_host_in_every_spelling(start: Start, text: str, host: str) -> None:
    assert start("--host", text, "--host", "127.0.0.2").host == (host, "127.0.0.2")


def test_a_trusted_proxy_is_an_address_or_a_network(start: Start) -> None:
    trusted = start(
        "--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.1.2.3/8"
    ).trusted_proxy
    assert [str(one) for one in trusted] == ["127.0.0.1/32", "10.0.0.0/8"]


def test_numbers_in_a_file(start: Start) -> None:
    settings = start(config="port = 7000\nrate = 2.5\nmax-file = 4096\ngrace = 10")
    assert (settings.port, settings.rate, settings.max_file, settings.grace) == (
        7000, 2.5, 4096, 10.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("17", 17), ("1b", 1), ("500k", 512000), ("10M", 10 << 20), ("10 MiB", 10 << 20),
     ("1GB", 1 << 30), ("1gib", 1 << 30), (" 3 ", 3)],
)  # fmt: skip
def test_sizes(start: Start, text: str, size: int) -> None:
    assert start("--quota", text).quota == size


def test_origins(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"http://a.example", "https://b.example:8443"}
    both = ("--allow-origin", "https://B.example:8443/", "--allow-origin", "http://a.example")
    assert start(*both).allow_origin == wanted
    listed = 'allow-origin = ["http://a.example", "https://b.example:8443"]'
    assert start(config=listed).allow_origin == wanted
    assert start(config='allow-origin = "http://a.example"').allow_origin == {
        "http://a.example"
    }
    monkeypatch.setenv("CHATROOM_ALLOW_ORIGIN", "http://a.example https://b.example:8443")
    assert start().allow_origin == wanted


def test_hosts(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"chat.example.org", "box"}
    assert (
        start("--allow-host", "Chat.Example.org.", "--allow-host", "box").allow_host == wanted
    )
    assert start(config='allow-host = ["chat.example.org", "box"]').allow_host == wanted
    monkeypatch.setenv("CHATROOM_ALLOW_HOST", "chat.example.org box")
    assert start().allow_host == wanted


def test_a_configuration_file_named_by_the_environment(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "elsewhere.toml"
    path.write_text("max-users = 9")
    monkeypatch.setenv("CHATROOM_CONFIG", str(path))
    assert start().max_users == 9


def test_a_certificate_comes_with_its_key(start: Start) -> None:
    found = start("--tls-cert", "a.pem", "--tls-key", "/b.pem")
    assert (found.tls_cert, found.tls_key) == (Path("a.pem").absolute(), Path("/b.pem"))
    assert start(config='tls-cert = "/a"\ntls_key = "/b"').tls_cert == Path("/a")
    assert (start().tls_cert, start().tls_key) == (None, None)


def test_a_room_on_several_hosts_names_its_nodes_and_this_host(start: Start) -> None:
    nodes = ("nats://10.0.0.1:4222", "tls://[::1]:4222", "nats://c")
    settings = start("--cluster", ", ".join(nodes), "--host-name", "attic")
    assert (settings.cluster, settings.host_name) == (nodes, "attic")
    assert start("--cluster", "nats://a").host_name, "else the name of the computer"
    assert (start().cluster, start().host_name) == ((), "")
