"""Unit tests of `server.doors`: bytes and rules, no server."""
