"""Recorded sessions of the protocol, of versions before and after this one."""
