"""The view (tkinter): shows values and reports actions; it decides nothing.

An import contract keeps it apart from the model, the controller and the network. Where to look:
`window` has the main window and its parts, `messages` the conversation, `dialogs` the windows
over the main one, `widgets` general widgets, `style` colours and fonts; `contract` is the seam
to the controller.
"""
