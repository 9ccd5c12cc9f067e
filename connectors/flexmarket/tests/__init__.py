"""Tests of the connector to a flexcommerce marketplace."""
