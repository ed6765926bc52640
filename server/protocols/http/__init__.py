"""HTTP: files, health and metrics, and the join page (docs/protocol.md, part 2)."""
