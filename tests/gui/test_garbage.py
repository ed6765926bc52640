"""Tk objects in cyclic garbage are destroyed on the Tk thread."""

import gc
import threading
import tkinter as tk

import pytest

from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver

pytestmark = pytest.mark.gui


class Cycle:
    """Garbage that Python finds only by collecting; notes the thread of its end."""

    def __init__(self, ended: list[threading.Thread]) -> None:
        self.itself = self
        self.ended = ended
        self.variable = tk.BooleanVar()

    def __del__(self) -> None:
        self.ended.append(threading.current_thread())


def test_garbage_is_collected_on_the_tk_thread(window: ChatWindow, driver: Driver) -> None:
    assert not gc.isenabled()
    gc.collect()
    ended: list[threading.Thread] = []
    made = [Cycle(ended) for _ in range(30)]
    made.clear()
    worker = threading.Thread(target=lambda: [[] for _ in range(100_000)])
    worker.start()
    worker.join()
    assert ended == [], "another thread collected"

    def allocate() -> bool:
        window.root.kept = [[] for _ in range(3_000)]  # type: ignore[attr-defined]
        return len(ended) == 30

    driver.until(allocate)
    assert set(ended) == {threading.main_thread()}
