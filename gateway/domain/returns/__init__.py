"""Returns and refunds: goods and money going back."""
