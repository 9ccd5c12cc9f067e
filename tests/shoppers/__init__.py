"""Those who act on real systems from outside: shoppers, carriers, warehouse staff."""
