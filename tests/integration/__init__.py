"""Tests with real processes and sockets, and clients that know only the protocol."""
