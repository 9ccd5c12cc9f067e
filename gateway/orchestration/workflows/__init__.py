"""Workflows: steps that follow from events, each with its undo."""
