"""The room process: the multiprocessing Manager and the gateway to the workers."""
