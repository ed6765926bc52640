"""Fault tests: no message is lost, duplicated or reordered, whichever process dies.

Bots, clients with the network code of the desktop client, send messages while a nemesis
(Jepsen's term for a fault injector) breaks things. A checker then compares the events that each
bot received with the journal. The long run is `python -m tests.faults`.
"""
