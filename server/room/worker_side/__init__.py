"""The room as a worker process reaches it: operations, delivery in batches, search."""
