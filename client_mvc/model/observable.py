"""Telling others that something changed, without knowing them."""

from collections.abc import Callable


class Observable[T]:
    """Calls every subscriber, in the order they subscribed, on the thread of `notify`."""

    def __init__(self) -> None:
        self._observers: list[Callable[[T], None]] = []

    def subscribe(self, observer: Callable[[T], None]) -> Callable[[], None]:
        """Call `observer` from now on; calling the result ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def notify(self, value: T) -> None:
        """Tell everybody."""
        for observer in tuple(self._observers):
            observer(value)
