"""Shared by several tests: a running server, a client of the protocol, waiting."""
