"""Entities: whatever has an id, found again by it, for Relay and for a federation router."""
