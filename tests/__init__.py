"""Units mirror the source tree; `integration` runs real processes, `gui` real windows."""
