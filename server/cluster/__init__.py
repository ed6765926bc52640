"""One room on several hosts, over NATS JetStream: all code that knows NATS.

A *host* is one whole Chatroom server, a *node* is a nats-server. The *stream* holds the room's
entries in one order; each has a *position*. Nothing outside this package imports `nats` (an
import contract), and a server that is its room's only host never loads this package.
"""
