"""Parts of the simulator: FedEx's objects, and the ways that parcels go."""
