"""The store: one database, one transaction at a time for whoever writes."""
