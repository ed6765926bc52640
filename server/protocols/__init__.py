"""Doors turn a client's bytes into requests and events into bytes.

They know sessions and the fan-out, never how a room is built or where it lives.
"""
