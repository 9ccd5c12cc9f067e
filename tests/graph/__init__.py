"""Documents through the real app: what callers of the graph rely on."""
