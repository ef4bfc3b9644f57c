"""The newest readiness and pre-flight of each site server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from central_sync.centre.database import LongText
from central_sync.centre.tables.columns import key_text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "server_readiness",
        sa.Column("appliance", sa.String(length=36), nullable=False),
        sa.Column("site", key_text(20), nullable=False),
        sa.Column("checked_at", sa.String(length=40), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=True),
        sa.Column("rows", LongText, nullable=False),
        sa.Column("report_sha256", sa.String(length=64), nullable=False),
        sa.Column("preflight_at", sa.String(length=40), nullable=False),
        sa.Column("preflight_ready", sa.Boolean(), nullable=True),
        sa.Column("items", LongText, nullable=False),
        sa.PrimaryKeyConstraint("appliance"),
    )
    op.create_index(op.f("ix_server_readiness_site"), "server_readiness", ["site"], unique=False)
