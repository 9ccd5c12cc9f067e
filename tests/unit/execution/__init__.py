"""Documents, scopes and what may leave of an error."""
