"""What goes out: reactions, effects, the worker."""
