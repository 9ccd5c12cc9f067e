"""Tests against the really running shop: ``RUN_SYSTEMS=1``."""
