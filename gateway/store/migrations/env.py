"""What alembic runs: the migrations, on the connection and in the transaction it is handed."""

from alembic import context

from gateway.store.metadata import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata", METADATA),  # for its names of keys
    # alembic supposes that SQLite cannot undo DDL; it can, in a transaction begun by hand as ours.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
