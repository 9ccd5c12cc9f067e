"""The graph: what the gateway shows, noun by noun."""
