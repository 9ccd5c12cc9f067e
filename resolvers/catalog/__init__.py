"""Products and variants in the graph."""
