"""The connector over HTTP against its simulator, and both against the contract."""
