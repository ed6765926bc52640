"""Tests of the real window on a separate X display, with real keys and clicks."""
