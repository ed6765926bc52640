"""The room: who is in it, what was said, in which order.

Workers know it as `interface.Room` only. Knows no socket of a client and no door.
"""
