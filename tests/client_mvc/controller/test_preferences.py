"""Preferences between a fake window, a fake desktop and a real file."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from client_mvc.controller.preferences import is_dark
from client_mvc.model.preferences import LARGEST, USUAL, Choices, Preferences
from client_mvc.network import api
from client_mvc.view.contract.items import Heading, Notice
from client_mvc.view.contract.windows import PreferencesForm
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import FakeDesktop, joined, said


def form(client: Client) -> PreferencesForm:
    """Return the values of the preferences window."""
    client.intents.preferences.open()
    assert client.screen.preferences is not None
    return client.screen.preferences


def times(client: Client) -> list[str]:
    shown = []
    for item in client.screen.items:
        if isinstance(item, Notice):
            shown.append(item.time)
        elif isinstance(heading := getattr(item, "heading", None), Heading):
            shown.append(heading.time)
    return shown


def test_the_window_shows_the_values_in_force(client: Client) -> None:
    client.desktop.can_notify = False
    assert form(client) == PreferencesForm(
        theme="system",
        text_size=USUAL,
        bell=True,
        notify="mentions",
        hours=24,
        seconds=False,
        folder="",
        can_follow=True,
        can_notify=False,
    )


def test_every_value_is_kept(client: Client, tmp_path: Path) -> None:
    chosen = PreferencesForm("dark", 15, False, "all", 12, True, str(tmp_path))
    client.intents.preferences.choose(chosen)
    kept = Preferences(tmp_path).now
    assert (kept.theme, kept.text_size, kept.bell, kept.notify) == ("dark", 15, False, "all")
    assert (kept.hours, kept.seconds, kept.folder) == (12, True, str(tmp_path))
    assert form(client) == chosen


def test_every_value_is_applied_at_once(client: Client, tmp_path: Path) -> None:
    client.intents.preferences.choose(
        replace(form(client), theme="dark", text_size=LARGEST, folder=str(tmp_path))
    )
    assert client.screen.dark
    assert client.screen.text_size == LARGEST
    assert client.screen.choosers.folder == str(tmp_path)


def test_the_time_format_changes_on_screen_too(inside: Client) -> None:
    inside.controller.start()
    assert inside.screen.time_example == "10:00"
    inside.events(joined(1), said(2, at="2026-11-22T20:05:09.000Z"))
    assert times(inside) == ["08:00", "20:05"]
    before = len(inside.screen.items)
    inside.intents.preferences.choose(replace(form(inside), hours=12, seconds=True))
    assert times(inside) == ["8:00:00 AM", "8:05:09 PM"]
    assert len(inside.screen.items) == before
    assert inside.screen.time_example == "10:00:00 AM"


def test_the_time_format_does_not_change_the_unread_count(inside: Client) -> None:
    inside.intents.focused(False)
    inside.events(said(1), said(2))
    inside.intents.preferences.choose(replace(form(inside), seconds=True))
    inside.hear()
    assert inside.screen.title.startswith("(2)")
    assert inside.screen.calls_for_attention == 0


def test_keys_change_the_values_shown(client: Client) -> None:
    client.intents.preferences.zoom(1)
    assert client.screen.preferences is None
    assert form(client).text_size == USUAL + 1
    client.intents.preferences.zoom(1)
    client.intents.preferences.toggle_theme()
    dark = replace(form(client), theme="dark")
    assert client.screen.preferences == dark
    assert dark.text_size == USUAL + 2


class TestTheTheme:
    @pytest.mark.parametrize(
        ("theme", "desktop_is", "dark"),
        [
            ("light", True, False),
            ("dark", False, True),
            ("system", True, True),
            ("system", False, False),
            ("system", None, False),
        ],
    )
    def test_the_theme_is_chosen_or_the_desktops(
        self, theme: str, desktop_is: bool | None, dark: bool
    ) -> None:
        desktop = FakeDesktop()
        desktop.dark = desktop_is
        assert is_dark(Choices(theme=theme), desktop) is dark  # type: ignore[arg-type]

    def test_it_follows_the_desktop(self, client: Client) -> None:
        client.intents.focused(True)
        assert client.desktop.looks == 1
        client.desktop.dark = True
        client.hear()
        assert client.screen.dark

    def test_a_chosen_theme_wins_over_the_desktop(self, client: Client) -> None:
        client.intents.preferences.toggle_theme()
        client.intents.focused(True)
        client.desktop.dark = False
        client.hear()
        assert client.screen.dark
        assert client.desktop.looks == 0

    def test_the_theme_stays_until_the_desktops_is_known(self, client: Client) -> None:
        client.intents.preferences.choose(replace(form(client), theme="dark"))
        client.intents.preferences.choose(replace(form(client), theme="system"))
        assert client.screen.dark
        assert client.desktop.looks == 1
        client.desktop.dark = False
        client.hear()
        assert not client.screen.dark


FOLDER = os.fsdecode(b"/tmp/\xff gr\xc3\xb6\xc3\x9fe")
"""A folder whose name is no valid text."""


def test_a_folder_that_is_no_valid_text_is_kept(inside: Client, tmp_path: Path) -> None:
    inside.intents.preferences.choose(replace(form(inside), folder=FOLDER))
    assert form(inside).folder == inside.screen.choosers.folder == FOLDER
    assert Preferences(tmp_path).now.folder == FOLDER
    inside.intents.quit()
    inside.hear(api.MembershipEnded("left", clean=True))
    assert inside.screen.closed


@pytest.mark.parametrize("folder", ["~nobody-of-this-name/x", "somewhere"])
def test_a_folder_that_is_no_path_stops_nothing(client: Client, folder: str) -> None:
    client.intents.preferences.choose(replace(form(client), folder=folder, bell=False))
    assert not form(client).bell


def test_preferences_that_cannot_be_written_stop_nothing(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "preferences.json").mkdir()
    client.intents.preferences.choose(replace(form(client), hours=12))
    assert form(client).hours == 12
    assert client.banner.startswith("Your preferences cannot be saved on this disk.")
    client.join()
    client.hear(api.CaughtUp())
    assert client.screen.room == ("lobby", "localhost:18000")
    client.intents.quit()
    client.hear(api.MembershipEnded("left", clean=True))
    assert client.screen.closed
