"""The connector over HTTP against its simulator, and both against Square's published contract."""
