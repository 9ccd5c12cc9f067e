"""Locations and stock in the graph."""
