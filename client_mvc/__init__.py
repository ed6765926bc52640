"""The desktop client: tkinter, in strict model-view-controller layers.

`model` holds what is known, `view` shows it, `controller` is the only one who knows both,
`network` talks to the server in a thread of its own.
"""
