"""The options of the command line, from the arguments to the settings; no server starts."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.cli import commands
from server.cli.options import OPTIONS
from server.processes import main_process
from server.settings import Settings
from shared import __version__

type Run = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the variables of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("CHATROOM_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that the main process was started with."""
    started: list[Settings] = []

    def run(settings: Settings) -> int:
        started.append(settings)
        return 0

    monkeypatch.setattr(main_process, "run", run)
    return started


@pytest.fixture
def start(calls: list[Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `server`, with a configuration file if there is one; returns its settings."""

    def run(*arguments: str, config: str | None = None) -> Settings:
        status = commands.main([*_config(tmp_path, config), *arguments])
        assert (status, capsys.readouterr().err) == (0, "")
        return calls[-1]

    return run


@pytest.fixture
def refused(
    calls: list[Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run `server`, which must not start; returns the error."""

    def run(*arguments: str, config: str | None = None) -> str:
        assert commands.main([*_config(tmp_path, config), *arguments]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("chatroom: ")
        assert printed.err.count("\n") == 1, "an error is one line"
        assert calls == []
        return printed.err

    return run


def _config(folder: Path, text: str | None) -> list[str]:
    if text is None:
        return []
    path = folder / "chatroom.toml"
    path.write_text(text, "utf-8")
    return ["--config", str(path)]


# --- where a setting comes from ----------------------------------------------------------


def test_the_defaults_are_those_of_the_documentation(start: Run) -> None:
    settings = start()
    assert 1 <= settings.workers <= 4
    here = {"downloads": Path("downloads").absolute(), "data_dir": Path(".chatroom").absolute()}
    assert settings == Settings(workers=settings.workers, **here)
    assert (settings.port, settings.max_users, settings.host) == (18000, 3, ("localhost",))


def test_whether_the_room_is_announced(start: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert start().announce
    assert not start("--no-announce").announce
    assert not start(config="no-announce = true").announce
    assert start(config="no-announce = false").announce
    monkeypatch.setenv("CHATROOM_NO_ANNOUNCE", "1")
    assert not start().announce


def test_flags_override_the_environment_which_overrides_the_file(
    start: Run, monkeypatch: pytest.MonkeyPatch
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
    start: Run, monkeypatch: pytest.MonkeyPatch, flag: str, text: str, value: Any
) -> None:
    field = flag.replace("-", "_")
    assert getattr(start(f"--{flag}", text), field) == value
    assert getattr(start(config=f'{flag} = "{text}"'), field) == value
    assert getattr(start(config=f'{field} = "{text}"'), field) == value
    monkeypatch.setenv(f"CHATROOM_{field.upper()}", text)
    assert getattr(start(), field) == value


def test_every_option_is_in_the_list() -> None:
    names = set()
    for option in OPTIONS:
        function = option(lambda: None)
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
def test_a_host_in_every_spelling(start: Run, text: str, host: str) -> None:
    assert start("--host", text, "--host", "127.0.0.2").host == (host, "127.0.0.2")


def test_a_trusted_proxy_is_an_address_or_a_network(start: Run) -> None:
    trusted = start(
        "--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.1.2.3/8"
    ).trusted_proxy
    assert [str(one) for one in trusted] == ["127.0.0.1/32", "10.0.0.0/8"]


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
def test_what_is_not_an_address_or_a_mode(
    refused: Callable[..., str], option: tuple[str, str]
) -> None:
    assert option[0] in refused(*option)


def test_numbers_in_a_file(start: Run) -> None:
    settings = start(config="port = 7000\nrate = 2.5\nmax-file = 4096\ngrace = 10")
    assert (settings.port, settings.rate, settings.max_file, settings.grace) == (
        7000, 2.5, 4096, 10.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("17", 17), ("1b", 1), ("500k", 512000), ("10M", 10 << 20), ("10 MiB", 10 << 20),
     ("1GB", 1 << 30), ("1gib", 1 << 30), (" 3 ", 3)],
)  # fmt: skip
def test_sizes(start: Run, text: str, size: int) -> None:
    assert start("--quota", text).quota == size


def test_origins(start: Run, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_an_origin_that_no_browser_sends(refused: Callable[..., str], text: str) -> None:
    assert "--allow-origin" in refused("--allow-origin", text)


def test_hosts(start: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"chat.example.org", "box"}
    assert (
        start("--allow-host", "Chat.Example.org.", "--allow-host", "box").allow_host == wanted
    )
    assert start(config='allow-host = ["chat.example.org", "box"]').allow_host == wanted
    monkeypatch.setenv("CHATROOM_ALLOW_HOST", "chat.example.org box")
    assert start().allow_host == wanted


@pytest.mark.parametrize("text", ["", "a b", "box:18000", "http://box", "*", ".", "x" * 254])
def test_a_host_name_that_no_header_has(refused: Callable[..., str], text: str) -> None:
    assert "--allow-host" in refused("--allow-host", text)


def test_a_configuration_file_named_by_the_environment(
    start: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "elsewhere.toml"
    path.write_text("max-users = 9")
    monkeypatch.setenv("CHATROOM_CONFIG", str(path))
    assert start().max_users == 9


# --- the password ------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("grüße gott\r\nnot this\n", "utf-8")
    path.chmod(0o600)
    return path


def test_the_password_is_the_first_line(start: Run, secret: Path) -> None:
    assert start("--password-file", str(secret)).password == "grüße gott"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_password_that_others_can_read_is_told(
    calls: list[Settings], secret: Path, capsys: pytest.CaptureFixture[str], mode: int
) -> None:
    secret.chmod(mode)
    assert commands.main(["--password-file", str(secret)]) == 0
    assert calls[-1].password == "grüße gott"
    assert f"chmod go-r {secret}" in capsys.readouterr().err


def test_a_byte_order_mark_is_no_part_of_a_file(start: Run, tmp_path: Path) -> None:
    secret, config = tmp_path / "secret", tmp_path / "marked.toml"
    secret.write_text("gru\u0308ße\r\n", "utf-8-sig")
    secret.chmod(0o600)
    config.write_text("max-users = 9", "utf-8-sig")
    settings = start("--password-file", str(secret), "--config", str(config))
    assert (settings.password, settings.max_users) == ("grüße", 9)


def test_the_password_file_can_be_named_in_the_environment(
    start: Run, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the variable had no effect, the room would be open to everybody."""
    monkeypatch.setenv("CHATROOM_PASSWORD_FILE", str(secret))
    assert start().password == "grüße gott"


def test_the_password_file_can_be_named_in_the_file(start: Run, secret: Path) -> None:
    assert start(config=f'password-file = "{secret}"').password == "grüße gott"


def test_a_password_file_without_a_password(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\nsecond line\n")
    assert "empty" in refused("--password-file", str(empty))
    assert "cannot be read" in refused("--password-file", str(tmp_path / "nowhere"))
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    assert "cannot be read" in refused("--password-file", str(binary))


# --- bad values --------------------------------------------------------------------------


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
def test_a_bad_flag_is_one_line(refused: Callable[..., str], flag: str, text: str) -> None:
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
def test_a_bad_file_is_one_line(refused: Callable[..., str], config: str, named: str) -> None:
    assert named in refused(config=config).replace("_", "-")


@pytest.mark.parametrize(("name", "text"), [("PORT", "http"), ("RATE", "nan"), ("QUOTA", "-1")])
def test_a_bad_variable_is_one_line(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"CHATROOM_{name}", text)
    assert f"--{name.lower()}" in refused()


def test_a_configuration_file_that_is_not_there(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    assert "cannot be read" in refused("--config", str(tmp_path / "nowhere.toml"))
    assert "cannot be read" in refused("--config", str(tmp_path))


def test_an_unknown_command(refused: Callable[..., str]) -> None:
    assert "nope" in refused("nope")


# --- commands ----------------------------------------------------------------------------


def test_version(capsys: pytest.CaptureFixture[str], calls: list[Settings]) -> None:
    assert commands.main(["--version"]) == 0
    assert capsys.readouterr().out == f"Chatroom {__version__}\n"
    assert calls == []


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(capsys: pytest.CaptureFixture[str], calls: list[Settings], flag: str) -> None:
    assert commands.main([flag]) == 0
    assert "--max-users" in capsys.readouterr().out
    assert calls == []


def test_report_where_no_server_runs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, calls: list[Settings]
) -> None:
    for arguments in (
        ["report", "--data-dir", str(tmp_path)],
        ["--data-dir", str(tmp_path), "report", "--json"],
    ):
        assert commands.main(arguments) == 1
        printed = capsys.readouterr()
        assert printed.err == f"chatroom: no server runs on the data folder {tmp_path}.\n"
        assert printed.out == ""
    assert calls == []


def test_the_exit_status_is_that_of_the_main_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_process, "run", lambda settings: 1)
    assert commands.main([]) == 1


def test_an_interrupt_while_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(settings: Settings) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_process, "run", interrupted)
    assert commands.main([]) == 130


def test_a_certificate_comes_with_its_key(start: Run) -> None:
    found = start("--tls-cert", "a.pem", "--tls-key", "/b.pem")
    assert (found.tls_cert, found.tls_key) == (Path("a.pem").absolute(), Path("/b.pem"))
    assert start(config='tls-cert = "/a"\ntls_key = "/b"').tls_cert == Path("/a")
    assert (start().tls_cert, start().tls_key) == (None, None)


def test_a_certificate_without_its_key(refused: Callable[..., str]) -> None:
    assert "--tls-cert needs --tls-key too" in refused("--tls-cert", "a.pem")
    assert "--tls-key needs --tls-cert too" in refused("--tls-key", "a.pem")
    both = ("--tls-cert", "a.pem", "--tls-key", "b.pem")
    assert "Leave out one" in refused(*both, "--tls", "off")


def test_a_room_on_several_hosts_names_its_nodes_and_this_host(start: Run) -> None:
    nodes = ("nats://10.0.0.1:4222", "tls://[::1]:4222", "nats://c")
    settings = start("--cluster", ", ".join(nodes), "--host-name", "attic")
    assert (settings.cluster, settings.host_name) == (nodes, "attic")
    assert start("--cluster", "nats://a").host_name, "else the name of the computer"
    assert (start().cluster, start().host_name) == ((), "")


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
