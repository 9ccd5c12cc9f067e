"""One seller's account: what goes through the door, what is read, what is written."""
