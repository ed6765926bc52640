"""The room: its members and events, and the order of its events.

Workers know it by `interface`. `room_side` runs in the room process, `worker_side` in each
worker; `core` has the rules and `log` decides the order.
"""
