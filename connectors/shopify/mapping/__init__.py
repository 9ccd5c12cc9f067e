"""What Shopify states, as records. Pure; raises nothing but Malformed, saying where."""
