"""Runs migrations on the connection that `upgrade` hands over."""

from __future__ import annotations

from alembic import context

from central_sync.centre.migrations.metadata import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite cannot alter most things in place: tables are then copied.
    render_as_batch=True,
    transactional_ddl=context.config.attributes["connection"].dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
