"""Between model and view: what a person did goes to the model, what changed to the view."""
