"""The connector sdk."""
