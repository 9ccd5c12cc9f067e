"""Connectors: every folder but `sdk` is one external system."""
