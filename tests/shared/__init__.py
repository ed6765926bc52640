"""Unit tests of `shared`: no clock, no sockets."""
