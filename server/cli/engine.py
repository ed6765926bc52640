"""`engine`: run a node of the cluster, which stores the room for its hosts."""

import shlex

from server.cluster import engine, engine_process
from server.cluster.engine import EngineError, Node, Prepared
from server.processes import output
from server.processes.run_directory import FolderError, holding
from shared.address import Address


def run(node: Node, *, verbose: bool) -> int:
    """Run a node until it is ended; returns the exit status.

    Args:
        node: how it is to run.
        verbose: print all that nats-server logs.
    """
    try:
        program = engine.find()
        with holding(node.data):
            prepared = engine.prepare(node)
            for note in prepared.notes:
                output.warn(note)
            return engine_process.run(
                program.path,
                node.configuration,
                output.warn,
                lambda: output.say(text(node, prepared, program.version)),
                verbose=verbose,
            )
    except (EngineError, FolderError) as problem:
        output.warn(str(problem))
        return 1


def text(node: Node, prepared: Prepared, version: str) -> str:
    """Return what is printed when the node serves."""
    count = len(node.peers)
    options = ["--cluster", ",".join(node.urls)]
    options += ["--cluster-credentials", str(node.secret_file)]
    lines = [
        f"Node {node.number} of {count} runs. Press Ctrl-C to end it.",
        f"  hosts      {Address(node.listen, node.port)}",
        f"  nodes      {', '.join(map(str, node.peers))}",
        f"  data       {node.data}",
        f"  secret     {node.secret_file}   (all nodes must say {prepared.secret.mark})",
        f"  program    nats-server {version}",
        "Start the server on each host with these options:",
        f"  {shlex.join(options)}",
    ]
    if prepared.made_secret and count > 1:
        others = " and ".join(one.host for one in engine.others(node))
        lines.insert(
            1, f"It has made the secret of the cluster. Copy {node.secret_file} to {others}."
        )
    return "\n".join(lines)
