"""Unit tests of `server`: no processes; sockets only where a module is about sockets."""
