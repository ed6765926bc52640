"""The client without its window: model, controller, network."""
