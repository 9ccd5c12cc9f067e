"""Inventory: where stock lies, how much of it, and who says so."""
