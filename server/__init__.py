"""The server: a listener, workers, and the room process that owns all state of the room.

A message's way: protocol → session → room interface → (room process: order, journal) →
fan-out → protocol. `web/` is the browser client, which the workers serve.
"""
