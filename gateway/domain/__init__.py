"""Commerce: the rules, one slice a folder; slices depend downwards only."""
