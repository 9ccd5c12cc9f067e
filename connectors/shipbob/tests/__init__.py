"""The connector against its simulator, served, and both against ShipBob's contract."""
