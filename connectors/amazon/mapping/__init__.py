"""What Amazon's answers say, as records. Pure."""
