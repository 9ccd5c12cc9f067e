"""The inside of the simulator: the seller's books, what happens at the till, and the wire."""
