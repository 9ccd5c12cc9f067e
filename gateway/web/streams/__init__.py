"""What lives longer than one answer: how many of them a caller has, and how they are written."""
