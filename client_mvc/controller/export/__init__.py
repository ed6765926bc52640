"""Saving the conversation and the report to a file."""
