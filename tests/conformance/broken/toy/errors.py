"""The toy shop's refusals -> ours."""

from connectors.sdk import errors
from connectors.sdk.http import Response

OF_STATUS: dict[int, type[errors.Rejected]] = {404: errors.Missing}


def require_answer(path: str, response: Response) -> None:
    """Raise what a refusal means."""
    if response.status in OF_STATUS:
        raise OF_STATUS[response.status](f"{path}: refused", code=f"HTTP_{response.status}")
