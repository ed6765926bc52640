"""The announcement of the room on the local network, by DNS-SD over multicast DNS.

Runs in a process of its own: `zeroconf` takes about 5 MiB, and it reads whatever anybody on the
network sends. That process may die without harm. Only this package imports `zeroconf`.
"""
