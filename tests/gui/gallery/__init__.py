"""Pictures of every window in all its states: `python -m tests.gui.gallery [outdir]`.

Look at them after a change. A state is a function that prepares the window and calls `shoot`.
Add a new one to the module of its subject (`room`, `history`, `controls`, `windows`, `files`)
and to `STATES` at the end of that module; `samples` has the content that several states use.
"""
