"""A ShipBob in memory: its warehouses, and the vendor's way of telling about them."""
