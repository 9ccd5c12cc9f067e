"""What the code declares: every table of every module."""

import importlib
import pkgutil

from sqlalchemy import MetaData

import gateway
from gateway.store.metadata import METADATA


def declared() -> MetaData:
    """Return METADATA once every module of the gateway has joined its tables to it."""
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return METADATA
