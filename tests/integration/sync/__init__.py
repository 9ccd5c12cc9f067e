"""What comes in: deliveries, pulls, reconciliations, live reads."""
