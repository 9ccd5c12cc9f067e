"""Tests of the Medusa connector; those in ``running/`` need the real shop."""
