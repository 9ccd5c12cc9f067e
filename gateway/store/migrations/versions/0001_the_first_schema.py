"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

DOCUMENTS = (
    "products",
    "variants",
    "customers",
    "locations",
    "levels",
    "issues",
    "orders",
    "fulfillment_orders",
    "shipments",
    "deliveries",
    "refunds",
    "returns",
)
ROWS = (
    "api_keys",
    "connections",
    "activations",
    "source_links",
    "customer_identities",
    "order_terms",
    "order_locations",
    "events",
    "readers",
    "effects",
    "idempotency_keys",
    "inbox",
    "checkpoints",
    "quarantine",
)


def upgrade() -> None:
    access()
    catalog()
    people()
    orders()
    fulfillment()
    returns()
    events()
    effects()
    requests()
    arrivals()


def downgrade() -> None:
    for table in DOCUMENTS + ROWS:
        op.drop_table(table)


def documents(table: str, *columns: Any) -> None:
    """A whole object in each row, and a column for each thing it is found by."""
    op.create_table(
        table,
        sa.Column("id", sa.String(48), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        *columns,
        sa.Column("document", sa.Text, nullable=False),
    )


def counted() -> sa.Column[int]:
    """SQLite counts by itself only in a column declared INTEGER."""
    serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("id", serial, primary_key=True, autoincrement=True)


def access() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(48), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "connections",
        sa.Column("id", sa.String(48), primary_key=True),
        sa.Column("connector", sa.String(48), nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("secrets", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "activations",
        sa.Column("connection", sa.String(64), primary_key=True),
        sa.Column("activated_at", sa.BigInteger, nullable=False),
    )


def catalog() -> None:
    documents(
        "products",
        sa.Column("connection", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Index("ix_products_created", "created_at", "id"),
    )
    documents(
        "variants",
        sa.Column("sku_key", sa.String(255)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Index("ix_variants_sku", "sku_key"),
    )
    documents(
        "locations",
        sa.Column("code", sa.String(255), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Index("ix_locations_code", "code", "id"),
    )
    documents(
        "levels",
        sa.Column("variant_id", sa.String(48), nullable=False),
        sa.Column("sku_key", sa.String(255)),
        sa.Column("location_id", sa.String(48), nullable=False),
        sa.Index("ix_levels_sku", "sku_key", "id"),
        sa.Index("ix_levels_variant", "variant_id"),
        sa.Index("ix_levels_location", "location_id", "sku_key", "id"),
    )


def people() -> None:
    documents(
        "customers",
        sa.Column("is_merged", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Index("ix_customers_created", "created_at", "id"),
    )
    op.create_table(
        "customer_identities",
        sa.Column("key", sa.String(400), primary_key=True),
        sa.Column("customer_id", sa.String(48), nullable=False),
        sa.Column("email", sa.String(320)),
        sa.Column("phone", sa.String(32)),
        sa.Column("is_verified", sa.Boolean, nullable=False),
        sa.Index("ix_customer_identities_customer", "customer_id"),
        sa.Index("ix_customer_identities_email", "email"),
        sa.Index("ix_customer_identities_phone", "phone"),
    )
    op.create_table(
        "source_links",
        sa.Column("connection", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("external_id", sa.String(255), primary_key=True),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("noun_id", sa.String(48), nullable=False),
        sa.Index("ix_source_links_noun", "noun_id"),
        sa.Index("ix_source_links_system", "system", "external_id"),
    )


def orders() -> None:
    documents(
        "orders",
        sa.Column("connection", sa.String(64), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("fulfillment_status", sa.String(32), nullable=False),
        sa.Column("payment_status", sa.String(32), nullable=False),
        sa.Column("placed_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.String(48)),
        sa.Column("customer_key", sa.String(400)),
        sa.Index("ix_orders_placed", "placed_at", "id"),
        sa.Index("ix_orders_updated", "updated_at", "id"),
        sa.Index("ix_orders_customer", "customer_key", "placed_at", "id"),
        sa.Index("ix_orders_channel", "channel_id", "placed_at", "id"),
        sa.Index("ix_orders_status", "status", "placed_at", "id"),
    )
    # Byte by byte: the beginning of a word is a range of the key only then.
    term = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
    op.create_table(
        "order_terms",
        sa.Column("term", term, primary_key=True),
        sa.Column("order_id", sa.String(48), primary_key=True),
        sa.Index("ix_order_terms_order", "order_id"),
    )
    op.create_table(
        "order_locations",
        sa.Column("location_id", sa.String(48), primary_key=True),
        sa.Column("order_id", sa.String(48), primary_key=True),
    )


def fulfillment() -> None:
    documents(
        "fulfillment_orders",
        sa.Column("order_id", sa.String(48)),
        sa.Column("location_id", sa.String(48)),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Index("ix_fulfillment_orders_order", "order_id"),
        sa.Index("ix_fulfillment_orders_created", "created_at", "id"),
        sa.Index("ix_fulfillment_orders_location", "location_id", "status", "created_at", "id"),
    )
    documents(
        "shipments",
        sa.Column("order_id", sa.String(48)),
        sa.Column("fulfillment_order_id", sa.String(48)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Index("ix_shipments_order", "order_id"),
        sa.Index("ix_shipments_work", "fulfillment_order_id"),
    )
    documents(
        "deliveries",
        sa.Column("order_id", sa.String(48)),
        sa.Column("shipment_id", sa.String(48)),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Index("ix_deliveries_order", "order_id"),
        sa.Index("ix_deliveries_shipment", "shipment_id"),
        sa.Index("ix_deliveries_updated", "updated_at", "id"),
    )


def returns() -> None:
    documents(
        "refunds",
        sa.Column("order_id", sa.String(48)),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Index("ix_refunds_order", "order_id"),
    )
    documents(
        "returns",
        sa.Column("order_id", sa.String(48)),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Index("ix_returns_order", "order_id"),
        sa.Index("ix_returns_created", "created_at", "id"),
    )
    documents(
        "issues",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("order_id", sa.String(48)),
        sa.Column("connection", sa.String(64)),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Index("ix_issues_opened", "opened_at", "id"),
        sa.Index("ix_issues_order", "order_id"),
    )


def events() -> None:
    op.create_table(
        "events",
        counted(),
        sa.Column("cursor", sa.BigInteger, unique=True),
        sa.Column("event_id", sa.String(48), nullable=False, unique=True),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(48), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Index("ix_events_subject", "subject", "sequence", unique=True),
        sa.Index("ix_events_unnumbered", "id", postgresql_where=sa.text("cursor IS NULL")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "readers",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("cursor", sa.BigInteger, nullable=False),
    )


def effects() -> None:
    is_open = sa.text("state = 'OPEN'")
    op.create_table(
        "effects",
        counted(),
        sa.Column("effect_id", sa.String(48), nullable=False, unique=True),
        sa.Column("connection", sa.String(64), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("lane", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("order_id", sa.String(48)),
        sa.Column("subject", sa.String(48)),
        sa.Column("actor", sa.String(120)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("visible_at", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("is_sent", sa.Boolean, nullable=False),
        sa.Column("is_in_doubt", sa.Boolean, nullable=False),
        sa.Column("external_id", sa.String(255)),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error", sa.Text),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Index(
            "ix_effects_due",
            "connection",
            "visible_at",
            postgresql_where=is_open,
            sqlite_where=is_open,
        ),
        sa.Index("ix_effects_lane", "lane", "id", postgresql_where=is_open, sqlite_where=is_open),
        sa.Index("ix_effects_order", "order_id"),
    )


def requests() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.String(160), primary_key=True),
        sa.Column("mutation", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )


def arrivals() -> None:
    op.create_table(
        "inbox",
        counted(),
        sa.Column("connection", sa.String(64), nullable=False),
        sa.Column("delivery", sa.String(255), nullable=False),
        sa.Column("topic", sa.String(120), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("visible_at", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text),
        sa.Index("ix_inbox_delivery", "connection", "delivery", unique=True),
        sa.Index("ix_inbox_waiting", "state", "visible_at", "id"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("connection", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("mode", sa.String(16), primary_key=True),
        sa.Column("checkpoint", sa.Text),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("leased_until", sa.BigInteger, nullable=False),
        sa.Column("completed_at", sa.BigInteger),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "quarantine",
        sa.Column("connection", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("external_id", sa.String(255), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
