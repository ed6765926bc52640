"""Unit tests of `server.room`: the journal is a real file, everything else is in memory."""
