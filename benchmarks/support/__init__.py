"""What several benchmarks share: a world of data, and tables."""
