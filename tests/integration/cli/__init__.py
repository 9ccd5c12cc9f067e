"""Commands as processes: how they begin, what they serve, how they end."""
