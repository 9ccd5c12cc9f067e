"""The rules of commerce, pure."""
