"""The server: a listener, workers, and the room process that owns all state of the room.

A message's way: doors → session → room interface → (room process: sequence, journal) →
fan-out → doors. Knows nothing of any client but the protocol.
"""
