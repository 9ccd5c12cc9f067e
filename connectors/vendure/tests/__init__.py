"""Tests of the Vendure connector; those in ``running/`` need the real shop."""
