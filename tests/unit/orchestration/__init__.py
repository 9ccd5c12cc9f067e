"""What an attempt's end means."""
