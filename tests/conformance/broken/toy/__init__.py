"""A sound connector of a toy shop: small, and with everything that the kit has rules about."""
