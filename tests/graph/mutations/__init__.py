"""The mutations that act in other systems."""
