"""Tests against the simulator and the contract."""
