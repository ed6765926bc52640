"""The lines of nats-server as sentences for the operator: what happened, and what to do.

nats-server says the same again and again, as often as it tries; a sentence is said once in ten
minutes, unless the opposite happened meanwhile. Lines without a sentence are passed on from
warnings upwards.
"""

import re
from collections.abc import Callable

AGAIN_AFTER = 600.0
"""Seconds after which the same sentence is said again."""
READY = "Server is ready"
_LINE = re.compile(r"(?:\[\d+\] \S+ \S+ )?\[(INF|WRN|ERR|FTL|DBG|TRC)\] ?(.*)", re.DOTALL)
_LOUD = ("WRN", "ERR", "FTL")

_NODE = r"(?P<at>\S+):\d+ - rid:\d+ - "
_LISTEN = r"Error listening on (?:router )?port:.*listen tcp (?P<at>\S+): bind: "
_DIAL = r"Error trying to connect to route \(attempt \d+\): "
_CONNECTED = re.compile(r"(?P<at>\S+) - rid:\d+ - Route connection created")
_SILENT = "The node at {at} does not answer yet."
_HERE = "Most nodes are here: the cluster stores what it gets."
_MISSING = "Most nodes are missing: nothing is stored until they are back."
_OPPOSITE = {_HERE: _MISSING, _MISSING: _HERE}
_SAME = "Copy one and the same cluster.secret to all hosts"

type _Rule = tuple[re.Pattern[str], str]


def _rule(pattern: str, sentence: str = "") -> _Rule:
    """Return the rule that turns a text of nats-server into a sentence, or drops it."""
    return re.compile(pattern), sentence


_RULES: list[_Rule] = [
    _rule(
        _NODE + r"TLS route handshake error: .*"
        r"(?:unknown authority|bad certificate|unknown certificate|certificate required).*",
        f"The node at {{at}} has another secret. {_SAME}, and start the nodes again.",
    ),
    _rule(
        _NODE + r"TLS route handshake error: .*(?:has expired|not yet valid).*",
        "The clock of this computer or of the node at {at} is wrong.",
    ),
    _rule(
        _NODE + r"TLS route handshake error: .*(?:IP SANs|is valid for|not valid for any).*",
        "The node at {at} was started with other --peers. Start all nodes with the same list.",
    ),
    _rule(
        _NODE + r"(?:Route Error 'Authorization Violation'|authentication error.*)",
        f"The node at {{at}} has another secret. {_SAME}, and start the nodes again.",
    ),
    _rule(
        r"(?P<at>\S+):\d+ - cid:\d+ - authentication error.*",
        f"A host at {{at}} has another secret, and was refused. {_SAME}.",
    ),
    _rule(
        r"\S+ - rid:\d+ - Remote server has a duplicate name: \"node(?P<node>\d+)\"",
        "Another computer runs node {node}, too. "
        "Give each its own --node, and all the same --peers in the same order.",
    ),
    _rule(
        r".*Rejecting connection, cluster name .*",
        "A node of another cluster tried to connect. Check --peers.",
    ),
    _rule(
        _LISTEN + r"address already .*",
        "The address {at} is in use: a node runs already, or another program. "
        "Stop it, or use another --port or --route-port.",
    ),
    _rule(
        _LISTEN + r"cannot assign .*",
        "This computer does not have the address {at}. Check --listen.",
    ),
    _rule(
        _LISTEN + r"permission denied.*",
        "This user may not listen on {at}. Use ports from 1024.",
    ),
    _rule(
        _DIAL + r"(?:dial tcp: )?lookup (?P<at>\S+?)(?: on \S+)?: .*",
        "The name {at} in --peers is not known on this network.",
    ),
    _rule(_DIAL + r"dial tcp (?P<at>\S+): .*", _SILENT),
    _rule(
        r"(?:Self is new JetStream cluster|JetStream cluster new) metadata leader.*",
        _HERE,
    ),
    _rule(r"JetStream cluster no metadata leader", _MISSING),
    _rule(
        r".*(?:no space left on device|out of File resources|insufficient storage).*",
        "The disk of this node is full, or --max-store is reached. "
        "Make room, then start the node again.",
    ),
    # Nothing to do about these, or another line says it.
    _rule(r"Plaintext passwords detected.*"),
    _rule(r"Clients that are not using \"TLS Handshake First\" option.*"),
    _rule(r"Waiting for routing to be established.*"),
    _rule(r"JetStream has not established contact with a meta leader.*"),
    _rule(r"\S+ - rid:\d+ - processRemoteSub Parse Error.*"),
    _rule(_DIAL + r".*"),
]


class Explainer:
    """Turns a nats-server's log into sentences. `clock` returns seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}
        self.ready = False
        """nats-server serves hosts."""

    def explain(self, line: str) -> str | None:
        """Return the sentence for a line of nats-server; None if there is nothing to say."""
        found = _LINE.fullmatch(line.strip())
        if found is None:
            return line.strip() or None
        level, text = found.groups()
        if text == READY:
            self.ready = True
        if (connected := _CONNECTED.fullmatch(text)) is not None:
            self._said.pop(_SILENT.format(at=connected["at"]), None)
        return self._once(self._sentence(level, text))

    @staticmethod
    def _sentence(level: str, text: str) -> str:
        for rule, sentence in _RULES:
            if (match := rule.fullmatch(text)) is not None:
                return sentence.format(**match.groupdict())
        return f"nats-server: {text}" if level in _LOUD else ""

    def _once(self, sentence: str) -> str | None:
        now = self._clock()
        if not sentence or now - self._said.get(sentence, -AGAIN_AFTER) < AGAIN_AFTER:
            return None
        if len(self._said) > 1000:  # texts of nats-server may have numbers in them
            self._said.clear()
        self._said[sentence] = now
        self._said.pop(_OPPOSITE.get(sentence, ""), None)
        return sentence
