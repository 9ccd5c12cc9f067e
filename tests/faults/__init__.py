"""What holds when processes die: real ones, really killed."""
