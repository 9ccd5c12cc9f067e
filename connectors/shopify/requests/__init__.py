"""What is asked of Shopify. Pure: documents, the calls of a read, the steps of a write."""
