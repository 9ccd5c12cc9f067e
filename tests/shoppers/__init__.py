"""Shoppers: people who buy at the running systems, through the systems' own shop fronts."""
