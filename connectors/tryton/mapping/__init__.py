"""From Tryton's records to ours. Pure. Each module states the fields it reads and maps them."""
