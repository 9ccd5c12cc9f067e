"""Outwards: what is to happen because of what happened, durably, once."""
