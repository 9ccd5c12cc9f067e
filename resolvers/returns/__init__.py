"""Returns and refunds in the graph."""
