"""Which of our nouns is it? Each function runs in the caller's unit."""

from gateway.domain.identity.repository import (
    add,
    external_ids,
    find,
    find_in_system,
    remove,
)

__all__ = ["add", "external_ids", "find", "find_in_system", "remove"]
