"""What the simulator is made of: the seller's account, how it is shown, and what is answered."""
