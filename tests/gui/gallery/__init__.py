"""Every window and state of the client as a picture: `python -m tests.gui.gallery [outdir]`.

To be looked at. A state is a function that brings the window there and has `shoot` take the
picture. A new one goes to the module of its subject (`room`, `history`, `controls`, `windows`,
`files`) and into `STATES` at that module's end; what stands in several is in `samples`.
"""
