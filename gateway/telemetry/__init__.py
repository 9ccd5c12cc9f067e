"""What the gateway says of itself while it runs."""
