"""Execution: a document in, a response out. Knows GraphQL and no noun."""
