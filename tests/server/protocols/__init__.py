"""Unit tests of `server.protocols`: bytes and rules, no server."""
