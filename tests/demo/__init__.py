"""The demo, whole, at high speed."""
