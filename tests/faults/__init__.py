"""The proof that no message is lost, doubled or reordered, whatever dies.

Bots with the client's own network code talk while a nemesis acts; a checker then compares
what each of them saw with the journal. The long run is `python -m tests.faults`.
"""
