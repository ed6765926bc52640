"""The server behind nginx, HAProxy and Caddy, with the settings of docs/operations.md.

`python -m tests.proxies` runs it; it needs the proxies and openssl, so it is no part of the
suite.
"""
