"""Tests against a really running Odoo 11: marked ``systems``, started by `tests.running`."""
