"""Inwards: deliveries, pulls and live reads become what we hold to be true."""
