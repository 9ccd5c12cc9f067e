"""Tests against a running marketplace."""
