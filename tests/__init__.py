"""The product's tests; those of one connector lie beside it."""
