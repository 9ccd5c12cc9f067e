"""Customers: one person, however many systems know them."""
