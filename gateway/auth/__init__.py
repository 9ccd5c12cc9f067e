"""Who calls, and what they may do. Deny by default."""
