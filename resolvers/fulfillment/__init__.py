"""Work, shipments, deliveries in the graph."""
