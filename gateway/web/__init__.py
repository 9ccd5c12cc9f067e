"""The edge: bytes to calls and back."""
