"""Customers in the graph."""
