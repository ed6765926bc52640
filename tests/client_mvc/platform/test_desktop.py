"""The desktop services, with replacements for the two libraries, and without them."""

import sys
import types
from collections.abc import Callable

import pytest

from client_mvc.platform.desktop import DesktopServices

WITHIN = 10.0


class Notifier:
    """Replaces the class of `desktop_notifier`."""

    shown: list[tuple[str, str]]
    problem: Exception | None

    def __init__(self, app_name: str) -> None:
        assert app_name == "Chatroom"

    async def get_capabilities(self) -> frozenset[str]:
        if self.problem is not None:
            raise self.problem
        return frozenset()

    async def send(self, title: str, message: str) -> str:
        self.shown.append((title, message))
        return "1"

    async def clear_all(self) -> None:
        self.shown.clear()


@pytest.fixture
def notifier(monkeypatch: pytest.MonkeyPatch) -> type[Notifier]:
    Notifier.shown, Notifier.problem = [], None
    module = types.ModuleType("desktop_notifier")
    module.DesktopNotifier = Notifier  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "desktop_notifier", module)
    return Notifier


@pytest.fixture
def desktop() -> DesktopServices:
    desktop = DesktopServices()
    desktop.can_notify = desktop.can_follow = True
    return desktop


def theme(monkeypatch: pytest.MonkeyPatch, is_dark: Callable[[], bool | None]) -> None:
    module = types.ModuleType("darkdetect")
    module.isDark = is_dark  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "darkdetect", module)


def test_notifications_are_shown_and_removed(
    desktop: DesktopServices, notifier: type[Notifier]
) -> None:
    desktop.notify("bob in #lobby", "hi")
    desktop.wait(WITHIN)
    assert notifier.shown == [("bob in #lobby", "hi")]
    desktop.withdraw()
    desktop.wait(WITHIN)
    assert notifier.shown == []


def test_the_text_of_a_message_is_not_markup(
    desktop: DesktopServices, notifier: type[Notifier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    desktop.notify("bob", "<a href='http://evil.example'>x</a> & y")
    desktop.wait(WITHIN)
    assert notifier.shown == [
        ("bob", "&lt;a href='http://evil.example'&gt;x&lt;/a&gt; &amp; y")
    ]


def test_a_desktop_without_notifications_is_logged_once(
    desktop: DesktopServices, notifier: type[Notifier], caplog: pytest.LogCaptureFixture
) -> None:
    notifier.problem = RuntimeError("no D-Bus here")
    for _ in range(3):
        desktop.notify("bob", "hi")
    desktop.withdraw()
    desktop.wait(WITHIN)
    assert caplog.text.count("no D-Bus here") == 1
    assert not desktop.can_notify


def test_dark_or_light(desktop: DesktopServices, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desktop.dark is None
    for dark in (True, False):
        theme(monkeypatch, lambda dark=dark: dark)  # type: ignore[misc]
        desktop.look()
        desktop.wait(WITHIN)
        assert desktop.dark is dark


def test_a_desktop_without_a_theme_is_logged_once(
    desktop: DesktopServices, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> bool:
        raise OSError("no such key")

    theme(monkeypatch, fail)
    desktop.look()
    desktop.wait(WITHIN)
    desktop.look()
    desktop.wait(WITHIN)
    assert caplog.text.count("no such key") == 1
    assert desktop.dark is None


def test_without_the_libraries_no_thread_starts(desktop: DesktopServices) -> None:
    desktop.can_notify = desktop.can_follow = False
    desktop.notify("bob", "hi")
    desktop.withdraw()
    desktop.look()
    desktop.wait(0)
    assert desktop._thread is None
    assert desktop.dark is None


def test_the_libraries_are_loaded_only_when_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "desktop_notifier", raising=False)
    monkeypatch.delitem(sys.modules, "darkdetect", raising=False)
    DesktopServices()
    assert not {"desktop_notifier", "darkdetect"} & set(sys.modules)
