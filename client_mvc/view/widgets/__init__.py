"""General widgets: what Tk and ttkbootstrap lack, or have with faults."""
