"""What staff say about who is who."""

import strawberry


@strawberry.input(description="Two customers who are one person.")
class CustomerLinkInput:
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is the same request, also after a restart."
    )
    customer_id: strawberry.ID = strawberry.field(description="Who stays.")
    other_id: strawberry.ID = strawberry.field(description="Who goes into them.")
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the version of who stays still is this."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Show what would become of it, and change nothing."
    )


@strawberry.input(description="An identity that is somebody else's.")
class CustomerUnlinkInput:
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is the same request, also after a restart."
    )
    customer_id: strawberry.ID = strawberry.field(description="Whose it is not.")
    identity_id: strawberry.ID = strawberry.field(description="The identity to take out.")
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the customer's version still is this."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Show what would become of it, and change nothing."
    )
