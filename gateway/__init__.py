"""The gateway: external systems in, one graph out."""
