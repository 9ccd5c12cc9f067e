"""Tests against a really running Tryton: marked ``systems``, started by `tests.running`."""
