"""Parts of the simulator: EasyPost's objects, and the ways that parcels go."""
