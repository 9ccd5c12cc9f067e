"""The connector against a running karrio server: claims, and each of karrio's traps by name."""
