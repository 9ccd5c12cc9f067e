"""The engine: an operation is planned once, then runs breadth first, a column at a time.

    plans = Plans(schema)
    plan = plans.get(document, operation, variables)   # None: graphql-core runs it
    outcome = await run(plan, call)                    # data and errors, as graphql-core has them

A field is resolved for all its parents at once, its values are checked in one pass, and rows are
zipped out of columns. Paths, locations and the way of a null are worked out only when something
is wrong. It knows no noun, and nothing of this product but `batch`.
"""
