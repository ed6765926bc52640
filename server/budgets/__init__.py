"""Allowances of connections, addresses, members and the whole server."""
