"""The identity of the server in TLS: its key, and certificates for it.

Only `issue` imports `cryptography`, and only a short-lived process imports `issue`: the library
takes 11 MiB of each process that keeps it.
"""
