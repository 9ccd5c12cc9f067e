"""The connector against its simulator, served, and both against Shopify's contract."""
