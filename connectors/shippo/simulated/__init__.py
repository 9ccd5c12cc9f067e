"""Parts of the simulator: Shippo's objects, and the ways that parcels go."""
