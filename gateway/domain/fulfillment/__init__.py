"""Fulfillment: work at a location, goods that leave, parcels under way."""
