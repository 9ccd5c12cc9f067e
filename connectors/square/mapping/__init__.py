"""Square's JSON -> records. Pure: one module a noun."""
