"""Parts of the simulator: UPS's objects, and the ways that parcels go."""
