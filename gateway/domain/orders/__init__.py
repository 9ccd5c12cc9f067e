"""Orders: what was sold, and how far each unit of it has come."""
