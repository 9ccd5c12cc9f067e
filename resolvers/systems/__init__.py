"""Connections, exceptions, events in the graph."""
