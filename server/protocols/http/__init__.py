"""HTTP: files, pages and figures, and the form of its errors (docs/protocol.md, part 2)."""
