"""The event log: what happened, once, in commit order, and how readers hear of it."""
