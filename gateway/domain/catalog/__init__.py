"""Catalog: products, and the map from every system's ids to one variant a SKU."""
