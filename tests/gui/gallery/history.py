"""History: searching, an older page, the dialog for a date."""

from client_mvc.view.contract.items import Beginning
from client_mvc.view.contract.values import Results
from tests.gui.gallery.samples import CONVERSATION, RESULTS
from tests.gui.gallery.shots import Gallery, State


def searching(gallery: Gallery) -> None:
    """The search bar: places in the loaded messages, results of all history, no results."""
    gallery.room()
    window = gallery.window
    window.search.open()
    gallery.driver.focus(window.search.field.text)
    gallery.driver.type("the")
    window.messages.show_found(window.messages.highlights.mark("the") - 3)
    window.search.show_state("3 of 9")
    gallery.shoot("find")
    window.messages.highlights.mark("deploy")
    window.messages.show_found(0)
    window.search.show_state("1 of 1")
    gallery.shoot("find-card")
    window.search.show_results(RESULTS)
    gallery.driver.key("Down", "Down")
    gallery.shoot("find-results")
    window.messages.highlights.mark("")
    window.search.show_state("Not in the loaded messages. Enter searches all history.")
    window.search.show_results(Results((), "Nothing found in all history"))
    gallery.shoot("find-nothing")
    window.search.show_results(None)
    gallery.driver.key("Escape")


def older(gallery: Gallery) -> None:
    """An older page with a marked message."""
    gallery.room()
    window = gallery.window
    window.messages.append([*CONVERSATION, *CONVERSATION], live=False)
    window.messages.show_place(6, mark=True)
    window.history_banner.show("You are reading older messages. 3 new messages since.")
    gallery.shoot("older")
    window.messages.prepend([Beginning("This is where the history begins.")])
    window.messages.text.yview_moveto(0)
    gallery.shoot("beginning")
    window.messages.show_loading("Loading older messages…")
    gallery.driver.until(window.messages.loading.winfo_ismapped)
    gallery.shoot("loading")
    window.messages.show_loading("")
    window.history_banner.show(None)


def date(gallery: Gallery) -> None:
    """The dialog for a date."""
    gallery.window.windows.show_date("2026-11-20")
    gallery.window.windows.show_date_error("Write the date as year-month-day, like 2026-11-22.")
    assert gallery.window.windows.date is not None
    gallery.driver.focus(gallery.window.windows.date.field.text)
    gallery.shoot("date", gallery.window.windows.date)
    gallery.driver.key("Escape")


STATES: tuple[State, ...] = (searching, older, date)
