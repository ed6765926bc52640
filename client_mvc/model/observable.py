"""Notify subscribers of a change without importing them."""

from collections.abc import Callable


class Observable[T]:
    """Calls subscribers in the order of their subscriptions, on the thread of `notify`."""

    def __init__(self) -> None:
        self._observers: list[Callable[[T], None]] = []

    def subscribe(self, observer: Callable[[T], None]) -> Callable[[], None]:
        """Call `observer` with each value until the function returned is called."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def notify(self, value: T) -> None:
        """Call all subscribers with `value`."""
        for observer in tuple(self._observers):
            observer(value)
