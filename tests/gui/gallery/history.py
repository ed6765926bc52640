"""History: a search in it, a page of it, the way to a date."""

from client_mvc.view.contract.values import Beginning, Results
from tests.gui.gallery.samples import CONVERSATION, RESULTS
from tests.gui.gallery.shots import Gallery, State


def searching(gallery: Gallery) -> None:
    """The search bar: places in what is loaded, results of all history, nothing."""
    gallery.room()
    window = gallery.window
    window.open_find()
    gallery.driver.focus(window.find.field.text)
    gallery.driver.type("the")
    window.show_found(window.mark_found("the") - 3)
    window.show_find_state("3 of 9")
    gallery.shoot("find")
    window.mark_found("deploy")
    window.show_found(0)
    window.show_find_state("1 of 1")
    gallery.shoot("find-card")
    window.show_results(RESULTS)
    gallery.driver.key("Down", "Down")
    gallery.shoot("find-results")
    window.mark_found("")
    window.show_find_state("Not in what is loaded. Enter searches all history.")
    window.show_results(Results((), "Nothing found in all history"))
    gallery.shoot("find-nothing")
    window.show_results(None)
    gallery.driver.key("Escape")


def older(gallery: Gallery) -> None:
    """A page of history, with the message that was looked for."""
    gallery.room()
    window = gallery.window
    window.append([*CONVERSATION, *CONVERSATION], live=False)
    window.show_place(6, mark=True)
    window.show_reading("You are reading older messages. 3 new messages since.")
    gallery.shoot("older")
    window.prepend([Beginning("This is where the history begins.")])
    window.pane.text.yview_moveto(0)
    gallery.shoot("beginning")
    window.show_loading("Loading older messages…")
    gallery.driver.until(window.pane.loading.winfo_ismapped)
    gallery.shoot("loading")
    window.show_loading("")
    window.show_reading(None)


def date(gallery: Gallery) -> None:
    """The dialog for a date."""
    gallery.window.ask_date("2026-11-20")
    gallery.window.date_error("A date looks like 2026-11-22: year, month, day.")
    assert gallery.window.secondary.date is not None
    gallery.driver.focus(gallery.window.secondary.date.field.text)
    gallery.shoot("date", gallery.window.secondary.date)
    gallery.driver.key("Escape")


STATES: tuple[State, ...] = (searching, older, date)
