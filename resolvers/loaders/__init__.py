"""Batch reads, one loader an operation: below all nouns, so that nouns need not know each other."""
