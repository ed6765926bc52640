"""Protocols turn a client's bytes into requests, and replies and events into bytes.

They use sessions and the fan-out, and know the room by its interface only.
"""
